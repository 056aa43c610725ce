"""Laws from Python: names, settings, refusals, and laws of one's own."""

import copy
import inspect
import math
import pickle

import pytest

from bregman import _numpy, laws


def seen(step, sparsity, lambda_=1.0, target=0.9, **more):
    return laws.Observation(step=step, sparsity=sparsity, lambda_=lambda_, target=target, **more)


def path(law, sparsities, lambda_=1.0, target=0.9):
    lambdas = []
    for step, sparsity in enumerate(sparsities, 1):
        lambda_ = law(seen(step, sparsity, lambda_, target))
        lambdas.append(lambda_)
    return lambdas


READINGS = [0.2, 0.5, 0.7, 0.85, 0.95, 0.93, 0.91, 0.89, 0.905, 0.899]


def test_units_of_the_paper():
    law = laws.multiplicative(gain=1)
    assert law(seen(1, 0.5)) == 1.4
    assert law(seen(1, 0.99)) == pytest.approx(1 / 1.09, rel=1e-15)
    assert law(seen(1, 0.9)) == 1


def test_defaults_are_those_of_the_library():
    for name in laws.names():
        signature = inspect.signature(getattr(laws, name))
        defaults = {key: parameter.default for key, parameter in signature.parameters.items()}
        assert defaults == _numpy.law_defaults(name), name
        assert getattr(laws, name)() == laws.Law(name)
        assert getattr(laws, name).__doc__
    assert set(_numpy.law_modifier_names()) == {"rate_limit", "warm_up", "damp_near_target", "start_at_quantile"}


def multiplicative(gain):
    def law(now):
        error = now.target - now.sparsity
        factor = 1 + gain * abs(error)
        next_ = now.lambda_ * factor if error > 0 else now.lambda_ / factor if error < 0 else now.lambda_
        return min(max(next_, 1e-6), 1e3)

    return law


def additive(gain):
    return lambda now: min(max(now.lambda_ + gain * (now.target - now.sparsity), 0), 1e3)


class PI:
    """Of logarithms, as laws.pid without a derivative, away from the ends of the range."""

    def __init__(self, proportional, integral):
        self.proportional, self.integral, self.sum = proportional, integral, None

    def __call__(self, now):
        error = now.target - now.sparsity
        if self.sum is None:
            self.sum = math.log(now.lambda_) - self.proportional * error
        push = self.integral * error
        wanted = self.sum + push + self.proportional * error
        self.sum += push
        return math.exp(wanted)

    def state_dict(self):
        return {"sum": self.sum}

    def load_state_dict(self, state):
        self.sum = state["sum"]


def band(half_width, gain, cooldown):
    next_step = 0

    def law(now):
        nonlocal next_step
        error = now.target - now.sparsity
        if now.step < next_step or abs(error) <= half_width:
            return now.lambda_
        next_step = now.step + cooldown + 1
        factor = 1 + gain * abs(error)
        return now.lambda_ * factor if error > 0 else now.lambda_ / factor

    return law


@pytest.mark.parametrize("ours, formula", [
    (laws.multiplicative(gain=1), multiplicative(1)),
    (laws.multiplicative(), multiplicative(0.25)),
    (laws.additive(gain=0.1), additive(0.1)),
    (laws.pid(), PI(0.1, 0.25)),
    (laws.band(cooldown=2), band(0.01, 1, 2)),
    (laws.fixed(), lambda now: now.lambda_),
], ids=["multiplicative 1", "multiplicative", "additive", "pid", "band", "fixed"])
def test_each_law_is_its_formula_to_the_bit(ours, formula):
    assert path(ours, READINGS) == path(formula, READINGS)


def test_nupi_is_its_formula():
    average, lambda_ = 0.0, 1.0
    for step, sparsity in enumerate(READINGS, 1):
        error = 0.9 - sparsity
        new = 0.9 * average + (1 - 0.9) * error
        lambda_ *= math.exp(0.25 * error + 0.25 * (new - average))
        average = new
        assert path(laws.nupi(), READINGS[:step])[-1] == pytest.approx(lambda_, rel=1e-14)


def test_paper_acts_every_fifty_steps():
    law = laws.paper()
    assert law(seen(49, 0.5)) == 1 and law(seen(50, 0.5)) == 1.4
    assert law(seen(50, 0.896)) == 1  # within the zone only every hundredth step
    assert law(seen(100, 0.896)) == pytest.approx(1 + 0.1 * 0.004, rel=1e-12)


def test_laws_that_ask_for_lambda():
    asked = []

    def lambda_for(sparsity):
        asked.append(sparsity)
        return 7.0

    now = seen(1, 0.5, lambda_for=lambda_for, can_tell_lambda=True)
    assert laws.quantile()(now) == 7 and laws.settling()(now) == 7
    assert laws.quantile(every=2)(now) == 1
    assert laws.start_at_quantile("fixed")(now) == 7
    assert asked == [0.9] * 3
    assert laws.settling()(seen(500, 0.89, granularity=0.01, lambda_for=lambda_for, can_tell_lambda=True)) == 1
    assert laws.settling()(seen(500, 0.89, lambda_for=lambda_for, can_tell_lambda=True)) == 7
    with pytest.raises(ValueError, match="lambda_for = empty"):
        laws.quantile()(seen(1, 0.5))


def test_laws_within_laws():
    assert path(laws.rate_limit(laws.multiplicative(gain=10), 1.1), [0.5]) == [1.1]
    assert path(laws.warm_up("multiplicative", 2), [0.5] * 3) == [1, 1, 1.1]
    damped = laws.damp_near_target(lambda now: 2.0, zone=0.01, share=0.1)
    assert path(damped, [0.5]) == [2] and path(damped, [0.9]) == [1.1]
    again = laws.warm_up(laws.rate_limit("pid", 1.5), 3)
    assert repr(again) == "bregman.laws.warm_up(bregman.laws.rate_limit(bregman.laws.pid(), factor=1.5), steps=3)"
    assert eval(repr(again), {"bregman": __import__("bregman.laws")}) == again


def test_a_law_made_by_hand_remembers_and_its_copies_start_anew():
    law = laws.pid()
    first = path(law, READINGS)
    for again in (copy.deepcopy(law), pickle.loads(pickle.dumps(law)), laws.pid()):
        assert again == law and path(again, READINGS) == first
    assert path(law, READINGS) != first
    assert laws.pid(integral=0.5) != law and law != "pid"


@pytest.mark.parametrize("make, kind, sentence", [
    (lambda: laws.multiplicative(gain=-1), ValueError, "gain = -1; allowed: >= 0 and finite"),
    (lambda: laws.multiplicative(gain=math.nan), ValueError, "gain = nan; allowed: >= 0"),
    (lambda: laws.multiplicative(every=0), ValueError, "every = 0; allowed: >= 1"),
    (lambda: laws.multiplicative(every=2.5), TypeError, "multiplicative.every = 2.5; allowed: a whole number"),
    (lambda: laws.multiplicative(every=10**30), ValueError, "multiplicative.every = 10+; allowed: a number of steps"),
    (lambda: laws.multiplicative(gain="much"), TypeError, "multiplicative.gain = 'much'; allowed: a number"),
    (lambda: laws.multiplicative(gain=True), TypeError, "multiplicative.gain = True; allowed: a number"),
    (lambda: laws.pid(on_saturation="conditonal"), ValueError, "pid.on_saturation = conditonal; allowed: none, cond"),
    (lambda: laws.Law("pid", {"alpha": 1}), TypeError, 'pid has no setting "alpha"; allowed: proportional, integral'),
    (lambda: laws.Law("multiplikative"), ValueError, 'law = "multiplikative"; allowed: settling, quantile, mult'),
    (lambda: laws.rate_limit("pid", 0.5), ValueError, "rate limit = 0.5; allowed: > 1"),
    (lambda: laws.rate_limit("nobody", 1.5), ValueError, 'law = "nobody"'),
    (lambda: laws.rate_limit(laws.pid, 1.5), TypeError, r"makes laws; allowed: what it returns; write bregman.laws.pid"),
    (lambda: laws.warm_up(7, 3), TypeError, "law = 7; allowed: a name of bregman.laws.names"),
    (lambda: laws.warm_up(PI, 3), TypeError, "PI'>; allowed: a name"),
    (lambda: laws.fixed(1), TypeError, "takes 0 positional arguments"),
    (lambda: laws.multiplicative()(seen(1, 1.5)), ValueError, r"sparsity = 1.5; allowed: \[0, 1\]"),
    (lambda: laws.multiplicative()(seen(1, "half")), TypeError, "sparsity = 'half'; allowed: a number"),
    (lambda: laws.warm_up(lambda now: None, 0)(seen(1, 0.5)), TypeError, "lambda of the law <lambda> = None; allowed"),
])
def test_refusals(make, kind, sentence):
    with pytest.raises(kind, match=sentence):
        make()


def test_exceptions_of_a_callable_come_through():
    class Mine(Exception):
        pass

    def law(now):
        raise Mine("as it is")

    with pytest.raises(Mine, match="as it is"):
        laws.warm_up(law, 0)(seen(1, 0.5))


def test_lambda_for_ends_with_the_call():
    kept = []

    def law(now):
        kept.append(now.lambda_for)
        return now.lambda_for(0.9)

    assert laws.warm_up(law, 0)(seen(1, 0.5, lambda_for=lambda s: 3.0)) == 3
    with pytest.raises(RuntimeError, match="kept by the law and called later"):
        kept[0](0.5)


@pytest.mark.parametrize("make", [laws.pid, lambda: laws.band(cooldown=3), laws.nupi, lambda: laws.rate_limit("pid", 1.2),
                                  lambda: laws.warm_up(PI(0.1, 0.25), 2)],
                         ids=["pid", "band", "nupi", "pid within", "of one's own"])
def test_a_law_goes_on_from_its_state(make):
    whole, first, second = make(), make(), make()
    lambdas = path(whole, READINGS)
    lambda_ = path(first, READINGS[:5])[-1]
    state = first.state()
    second.load_state(state)
    assert second.state() == state
    for step, sparsity in enumerate(READINGS[5:], 6):
        lambda_ = second(seen(step, sparsity, lambda_))
        assert lambda_ == lambdas[step - 1]


def test_states_that_are_refused_change_nothing():
    law = laws.pid()
    path(law, READINGS)
    before = law.state()
    for state, sentence in [({}, "one without proportional"), ({**before, "proportional": -1.0}, "proportional = -1"),
                            ({**before, "last_lambda": 0.0}, "state of the pid law")]:
        with pytest.raises(ValueError, match=sentence):
            law.load_state(state)
        assert law.state() == before
    mine = laws.warm_up(PI(0.1, 0.25), 0)
    path(mine, READINGS)
    before = mine.state()
    with pytest.raises(ValueError, match="no JSON"):
        mine.load_state({**before, "law.python_state": "{"})
    assert mine.state() == before


def test_which_callables_have_a_state_that_can_be_saved():
    gain = 0.1

    def plain(now):
        return now.lambda_

    class Silent:
        def __call__(self, now):
            return now.lambda_

    assert laws.warm_up(plain, 0).state() == {"steps": 0, "law.python_state": ""}
    for hides in (lambda now: now.lambda_ * gain, Silent()):
        with pytest.raises(ValueError, match="give its class state_dict"):
            laws.warm_up(hides, 0).state()
