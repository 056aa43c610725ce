"""What bregman.torch does not take: one sentence each, and nothing has changed."""

import pytest

torch = pytest.importorskip("torch")
from bregman.torch import AdaBreg, LinBreg, regularizers  # noqa: E402
from test_torch_steps import network, train  # noqa: E402


def vector(values=(1.0, 2.0), dtype=torch.float32):
    return torch.nn.Parameter(torch.tensor(values, dtype=dtype))


def matrix(dtype=torch.float32):
    return torch.nn.Parameter(torch.ones(3, 4, dtype=dtype))


SETTINGS = {
    "target": (dict(target=1.5), r"target sparsity = 1.5; allowed: \(0, 1\]"),
    "no target": (dict(target=[]), "number of targets = 0; allowed: >= 1"),
    "lambda": (dict(lambda_=-1.0), "lambda = -1; allowed: >= 0"),
    "lr": (dict(lr=-0.5), 'lr of group "weights" = -0.5; allowed: >= 0'),
    "delta": (dict(delta=0.0), "euclidean.delta = 0; allowed: > 0"),
    "betas": (dict(betas=(1.0, 0.999)), r"adam.beta1 = 1; allowed: \[0, 1\)"),
    "eps": (dict(eps=0.0), "adam.epsilon = 0; allowed: > 0"),
    "clip_norm": (dict(clip_norm=-1.0), "clip_norm = -1; allowed"),
    "rule": (dict(on_lambda_change="ration"), 'on_lambda_change = "ration"; allowed: keep, ratio, ratio_with_clip'),
    "scope": (dict(scope="each"), 'scope = "each"; allowed: shared, each_group'),
    "regularizer": (dict(regularizer="l2"), 'regularizer of group "group 0" = "l2"; allowed: auto, none, l1, group_rows'),
    "its settings": (dict(regularizer={"name": "elastic_net", "ratio": -1}), "elastic_net.ratio = -1; allowed: >= 0"),
    "lambda_scale": (dict(lambda_scale=-2.0), 'lambda_scale of group "weights" = -2; allowed: >= 0'),
    "least_density": (dict(least_density=1.0), r'least_density of group "weights" = 1; allowed: \[0, 1\)'),
    "law": (dict(law="p1d"), 'law = "p1d"; allowed: settling, quantile'),
}


@pytest.mark.parametrize("which", SETTINGS)
def test_settings_out_of_range(which):
    settings, sentence = SETTINGS[which]
    with pytest.raises(ValueError, match=sentence):
        AdaBreg([matrix()], **settings)


@pytest.mark.parametrize("settings, sentence", [
    (dict(lambda_="much"), "lambda_ = 'much'; allowed: a number"),
    (dict(regularizer=3), "regularizer = 3; allowed: a name"),
    (dict(regularizer={"name": "l1", "ratio": 1}), 'l1 has no setting "ratio"; allowed: none'),
    (dict(counted="no"), "counted of group \"group 0\" = 'no'; allowed: True or False"),
    (dict(lr="fast"), "lr of group 0 = 'fast'; allowed: a number"),
    (dict(betas=0.9), "betas = 0.9; allowed: two numbers"),
    (dict(target=[0.5, "0.9"]), "target = '0.9'; allowed: a number"),
    (dict(law=4), "law = 4; allowed: a name of bregman.laws.names"),
])
def test_settings_of_another_type(settings, sentence):
    with pytest.raises(TypeError, match=sentence):
        AdaBreg([matrix()], **settings)


TENSORS = {
    "half": (lambda: [matrix(torch.float16)], 'parameter 0 .group "weights". scalar type = Half; allowed: Float'),
    "mixed types": (lambda: [matrix(), matrix(torch.float64)], 'parameter 1 .* scalar type = Double; allowed: Float'),
    "another device": (lambda: [torch.nn.Parameter(torch.ones(3, 4, device="meta"))], "device = meta; allowed: cpu"),
    "gaps": (lambda: [torch.ones(4, 6)[:, :3].requires_grad_()], "memory = with gaps; allowed: without gaps"),
    "shared memory": (lambda: (lambda t: [t.view(12).requires_grad_(), t.requires_grad_()])(torch.ones(3, 4)),
                      "memory of tensor [01] = shared with tensor [01]; allowed: memory of its own"),
    "a tensor twice": (lambda: (lambda p: [vector(), p, p])(matrix()), "parameter 2 = the same tensor as parameter 1; allowed: distinct|"
                       "duplicate parameters"),
    "vectors alone": (lambda: [vector()], 'regularizer = "auto" where no tensor has two dimensions'),
}


@pytest.mark.filterwarnings("ignore:optimizer contains a parameter group with duplicate")
@pytest.mark.parametrize("which", TENSORS)
def test_tensors(which):
    make, sentence = TENSORS[which]
    with pytest.raises(ValueError, match=sentence):
        AdaBreg(make())


def test_what_a_group_cannot_have_of_its_own():
    with pytest.raises(ValueError, match='betas of group "group 0" = .*; allowed: none; it is a setting of the whole optimizer'):
        AdaBreg([dict(params=[matrix()], betas=(0.5, 0.9))])
    with pytest.raises(TypeError, match="name of group 0 = 3; allowed: a text"):
        AdaBreg([dict(params=[matrix()], name=3)])


@pytest.mark.parametrize("settings", [{}, {"regularizer": "l1"}])
@pytest.mark.parametrize("groups", [1, 2])
def test_groups_without_a_parameter(settings, groups):
    with pytest.raises(ValueError, match=r"number of parameters = 0; allowed: 1 or more; pass module.parameters\(\)"):
        AdaBreg([{"params": []} for _ in range(groups)], **settings)


def test_parameters_are_numbered_as_they_were_given():
    # The library has the matrices first.
    with pytest.raises(ValueError, match='parameter 0 .group "rest". scalar type = Double; allowed: Float'):
        optimizer = AdaBreg([vector(), matrix()])
        optimizer.param_groups[0]["params"][0].data = torch.ones(2, dtype=torch.float64)
        optimizer.step()


def stepped(device="cpu"):
    model = network(device=device)
    optimizer = AdaBreg(model.parameters(), target=0.5)
    train(model, optimizer, 3)
    return model, optimizer


def state_of(model, optimizer):
    return [p.detach().clone() for p in model.parameters()], optimizer.duals(), optimizer.lambda_, optimizer.steps


def is_same(a, b):
    return all(torch.equal(p, q) for i in (0, 1) for p, q in zip(a[i], b[i])) and a[2:] == b[2:]


def change_type(model, optimizer):
    model[2].weight.data = model[2].weight.data.double()


def sparse_gradient(model, optimizer):
    model[2].weight.grad = model[2].weight.grad.to_sparse()


def other_params(model, optimizer):
    optimizer.param_groups[0]["params"][0] = matrix()


STEPS = {
    "a rate below 0": (lambda m, o: o.param_groups[0].update(lr=-1.0), 'lr of group "weights" = -1; allowed: >= 0'),
    "settings of a group": (lambda m, o: o.param_groups[0].update(lambda_scale=3.0),
                            "lambda_scale of group 0 = 3.0; allowed: 1.0, as it was"),
    "other parameters": (other_params, "params of group 0 = other tensors than before"),
    "a group by hand": (lambda m, o: o.param_groups.append(dict(o.param_groups[0], params=[matrix()])),
                        "number of parameter groups = 2; allowed: 1"),
    "a sparse gradient": (sparse_gradient, "layout of gradient 2 = sparse; allowed: strided"),
}


@pytest.mark.parametrize("which", STEPS)
def test_a_refused_step_changes_nothing(which, device):
    model, optimizer = stepped(device)
    before = state_of(model, optimizer)
    change, sentence = STEPS[which]
    change(model, optimizer)
    with pytest.raises(ValueError, match=sentence):
        optimizer.step()
    optimizer.param_groups[1:] = []
    optimizer.param_groups[0]["params"] = list(model.parameters())
    assert is_same(before, state_of(model, optimizer))


def test_another_type_between_steps():
    model, optimizer = stepped()
    change_type(model, optimizer)
    with pytest.raises(ValueError, match="parameter 2 .* scalar type = Double; allowed: Float"):
        optimizer.step()
    assert optimizer.steps == 3


def test_a_gradient_that_is_not_finite_makes_no_step_and_says_so(device):
    model, optimizer = stepped(device)
    before = state_of(model, optimizer)
    model[0].weight.grad[1, 2] = float("nan")
    with pytest.warns(RuntimeWarning, match="not finite, so no step was made"):
        optimizer.step()
    assert optimizer.last.refused and is_same(before, state_of(model, optimizer))


def test_a_refused_group_leaves_no_group():
    model, optimizer = stepped()
    before = state_of(model, optimizer)
    for params, sentence in (([matrix(), vector(dtype=torch.float64)], "parameter 5 .* scalar type = Double"),
                             ([model[0].weight], "some parameters appear in more than one parameter group")):
        with pytest.raises(ValueError, match=sentence):
            optimizer.add_param_group(dict(params=params))
    assert len(optimizer.param_groups) == 1 and is_same(before, state_of(model, optimizer))
    optimizer.step()
    assert optimizer.steps == 4


def test_what_a_law_or_a_closure_raises_comes_through():
    class Mine(Exception):
        pass

    def law(seen):
        if seen.step == 3:
            raise Mine("the third")
        return seen.lambda_

    model = network()
    optimizer = LinBreg(model.parameters(), law=law)
    train(model, optimizer, 2)
    with pytest.raises(Mine, match="the third"):
        optimizer.step()
    assert optimizer.steps == 3  # the law comes after the step
    train(model, optimizer, 1)

    def closure():
        raise Mine("the closure")

    before = state_of(model, optimizer)
    with pytest.raises(Mine, match="the closure"):
        optimizer.step(closure)
    assert is_same(before, state_of(model, optimizer))


@pytest.mark.parametrize("returned, error, sentence", [
    (-1.0, ValueError, "lambda returned by the control law = -1; allowed: >= 0"),
    (float("nan"), ValueError, "lambda returned by the control law = nan"),
    ("more", TypeError, "allowed: a number"),
    (None, TypeError, "allowed: a number"),
])
def test_a_law_that_returns_no_lambda(returned, error, sentence):
    optimizer = LinBreg([matrix()], law=lambda seen: returned)
    optimizer.param_groups[0]["params"][0].grad = torch.ones(3, 4)
    with pytest.raises(error, match=sentence):
        optimizer.step()


def test_a_second_thinning():
    model, optimizer = stepped()
    with pytest.raises(ValueError, match="steps = 3; allowed: 0; thin out before the first step"):
        optimizer.thin_out(0.5)


def test_the_list_of_regularizers():
    known = regularizers()
    assert known["l1"] == {} and known["elastic_net"] == {"ratio": 1.0}
    for name in known:
        if name == "n_of_m":
            continue  # keeps half of each four, whatever lambda is
        p = matrix()
        optimizer = LinBreg([p], regularizer=name, target=0.5, law="fixed", lambda_=0.1)
        p.grad = torch.ones(3, 4)
        optimizer.step()
        assert torch.isfinite(p).all()


def test_a_misspelt_setting_of_a_group():
    with pytest.raises(TypeError, match=r"'lamda_scale' of group 0 = 2; allowed: params, lr, .*lambda_scale"):
        AdaBreg([{"params": [matrix()], "lamda_scale": 2}])
    optimizer = AdaBreg([matrix()])
    with pytest.raises(TypeError, match="'learning_rate' of group 1 = 0.1; allowed"):
        optimizer.add_param_group({"params": [matrix()], "learning_rate": 0.1})
    assert len(optimizer.param_groups) == 1
    AdaBreg([{"params": [matrix()], "lr": 0.1, "initial_lr": 0.1}])  # what schedulers that go on ask for


def test_a_closure_that_returns_no_number():
    p = matrix()
    optimizer = LinBreg([p])
    p.grad = torch.ones(3, 4)
    with pytest.raises(TypeError, match="loss = 'x'; allowed: a number"):
        optimizer.step(lambda: "x")
    assert optimizer.steps == 0


def test_a_step_within_a_step():
    p = matrix()
    said = []

    def law(seen):
        try:
            optimizer.step()
        except RuntimeError as error:
            said.append(str(error))
        return seen.lambda_

    optimizer = LinBreg([p], law=law)
    p.grad = torch.ones(3, 4)
    optimizer.step()
    assert said and "one step at a time" in said[0]
    assert optimizer.steps == 1
    optimizer.step()  # and the next one is made
    assert optimizer.steps == 2


def test_remedies_are_in_python_s_words():
    groups = [{"params": [matrix()], "target": 0.5, "name": "one"}]
    with pytest.raises(ValueError) as caught:
        AdaBreg(groups, scope="shared")
    assert 'scope="each_group"' in str(caught.value) and "::" not in str(caught.value)
    with pytest.raises(ValueError) as caught:
        AdaBreg([matrix(torch.bfloat16)])
    assert str(caught.value).endswith("make all of them float32 with model.float(), or all of them float64 with model.double()")
