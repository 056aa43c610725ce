"""bregman.torch makes the steps of the algorithms, and behaves as torch's optimizers do."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from bregman import laws  # noqa: E402
from bregman.torch import AdaBreg, LinBreg  # noqa: E402

FIXED = laws.fixed()


def shrink(v, t):
    return np.sign(v) * np.maximum(np.abs(v) - t, 0)


def quadratic(size=12, seed=3, dtype=torch.float64):
    """A parameter and its loss, whose gradient is not constant."""
    generator = torch.Generator().manual_seed(seed)
    p = torch.nn.Parameter(torch.randn(size, generator=generator, dtype=dtype))
    goal = torch.randn(size, generator=generator, dtype=dtype)
    return p, lambda: ((p - goal) ** 2).sum()


def network(seed=0, dtype=torch.float32, device="cpu"):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)).to(device, dtype)


def train(model, optimizer, steps, seed=1, schedule=None):
    generator = torch.Generator().manual_seed(seed)
    like = next(model.parameters())
    for _ in range(steps):
        x = torch.randn(16, 6, generator=generator, dtype=like.dtype).to(like.device)
        optimizer.zero_grad()
        ((model(x) - x[:, :2]) ** 2).mean().backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()


def transcribed(name, theta, gradients, lr, lambda_, delta=1.0, momentum=0.9):
    """The recursions as they are written in the papers."""
    v, m, m2 = theta / delta + lambda_ * np.sign(theta), np.zeros_like(theta), np.zeros_like(theta)
    for k, g in enumerate(gradients, start=1):
        if name == "linbreg":
            v = v - lr * g
        elif name == "momentum":
            m = momentum * m + (1 - momentum) * lr * g
            v = v - m
        else:
            m = 0.9 * m + 0.1 * g
            m2 = 0.999 * m2 + 0.001 * g * g
            v = v - lr / (1 - 0.9**k) * m / (np.sqrt(m2) / np.sqrt(1 - 0.999**k) + 1e-8)
        theta = delta * shrink(v, lambda_)
    return v, theta


MAKERS = {
    "linbreg": lambda p, **settings: LinBreg(p, lr=0.02, **settings),
    "momentum": lambda p, **settings: LinBreg(p, lr=0.02, momentum=0.9, **settings),
    "adabreg": lambda p, **settings: AdaBreg(p, lr=0.02, **settings),
}


@pytest.mark.parametrize("delta", [1.0, 2.5])
@pytest.mark.parametrize("name", MAKERS)
def test_steps_are_those_of_the_transcription(name, delta, device):
    rng = np.random.default_rng(7)
    start, gradients = rng.normal(size=40) * 0.3, rng.normal(size=(25, 40))
    start[::5] = 0
    p = torch.nn.Parameter(torch.tensor(start, device=device))
    optimizer = MAKERS[name]([p], lambda_=0.15, delta=delta, law=FIXED, regularizer="l1")
    for g in gradients:
        p.grad = torch.tensor(g, device=device)
        optimizer.step()
    v, theta = transcribed(name, start, gradients, 0.02, 0.15, delta)
    np.testing.assert_allclose(optimizer.duals()[0].cpu().numpy(), v, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(p.detach().cpu().numpy(), theta, rtol=1e-12, atol=1e-13)
    assert optimizer.sparsity == pytest.approx(np.mean(theta == 0), abs=1e-12) and 0 < optimizer.sparsity < 1


def test_the_papers_fixture():
    p = torch.nn.Parameter(torch.tensor([0.5, 0.0, -0.2, 0.0]))
    optimizer = LinBreg([p], lr=0.02, lambda_=0.1, law=FIXED, regularizer="l1")
    p.grad = torch.tensor([1.0, -6.0, 0.5, 0.0])
    optimizer.step()
    np.testing.assert_allclose(p.detach().numpy(), [0.48, 0.02, -0.21, 0], atol=1e-7)


@pytest.mark.parametrize("name", ["adam", "sgd", "momentum"])
def test_at_lambda_0_the_steps_are_torchs(name):
    (a, loss_a), (b, loss_b) = quadratic(), quadratic()
    settings = dict(lambda_=0.0, law=FIXED)
    theirs, ours = {
        "adam": lambda: (torch.optim.Adam([a], lr=0.03), AdaBreg([b], lr=0.03, regularizer="l1", **settings)),
        "sgd": lambda: (torch.optim.SGD([a], lr=0.03), LinBreg([b], lr=0.03, regularizer="l1", **settings)),
        "momentum": lambda: (torch.optim.SGD([a], lr=0.03, momentum=0.9, dampening=0.9),
                             LinBreg([b], lr=0.03, momentum=0.9, regularizer="l1", **settings)),
    }[name]()
    for k in range(30):
        for optimizer, loss in ((theirs, loss_a), (ours, loss_b)):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        if k == 0 and name == "momentum":  # torch's buffer begins with g, ours with (1 - momentum) g
            with torch.no_grad():
                theirs.state[a]["momentum_buffer"].mul_(0.1)
                a.copy_(b)
    np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_tensors_are_used_in_place(device):
    model = network(device=device)
    places = [p.data_ptr() for p in model.parameters()]
    train(model, AdaBreg(model.parameters(), target=0.5), 3)
    assert places == [p.data_ptr() for p in model.parameters()]


def test_auto_leaves_vectors_alone_and_reaches_the_target(device):
    model = network(device=device)
    optimizer = AdaBreg(model.parameters(), lr=0.01, target=0.6)
    train(model, optimizer, 200)
    assert optimizer.sparsity == pytest.approx(0.6, abs=0.02)
    assert all((p != 0).all() for p in model.parameters() if p.dim() < 2)
    zeros = sum(int((p == 0).sum()) for p in model.parameters())
    (count,) = optimizer.counts
    assert (count.size, count.size - count.nonzeros) == (sum(p.numel() for p in model.parameters()), zeros)
    assert count.sparsity == pytest.approx(optimizer.sparsity, abs=1e-6) and count.regularized


def test_groups_have_regularizer_scale_rate_and_target_of_their_own(device):
    model = network(device=device)
    first, second = model[0], model[2]
    optimizer = AdaBreg([
        dict(params=[first.weight], regularizer="group_rows", target=0.5, name="hidden"),
        dict(params=[second.weight], regularizer={"name": "elastic_net", "ratio": 0.5}, target=0.25, lr=0.02),
        dict(params=[first.bias, second.bias], regularizer="none", lr=0.0),
    ], lr=0.01)
    before = first.bias.detach().clone()
    train(model, optimizer, 150)
    rows = (first.weight == 0).all(1)
    assert ((first.weight == 0).any(1) == rows).all()  # whole rows, or none of a row
    assert [c.sparsity for c in optimizer.counts] == pytest.approx([0.5, 0.25, 0.0], abs=0.07)
    assert [c.name for c in optimizer.counts] == ["hidden", "group 1", "group 2"]
    assert len(set(optimizer.group_lambdas[:2])) == 2  # one for each
    assert torch.equal(first.bias, before)  # lr 0 holds it still


def test_a_scale_of_lambda_is_a_scale_of_lambda():
    results = []
    for lambda_, scale in ((0.4, 0.5), (0.2, 1.0)):
        p, loss = quadratic()
        optimizer = LinBreg([dict(params=[p], lambda_scale=scale)], lr=0.02, lambda_=lambda_, law=FIXED, regularizer="l1")
        for _ in range(20):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        results.append(p.detach())
    assert torch.equal(*results) and (results[0] == 0).any()


@pytest.mark.parametrize("schedule", [
    lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5),
    lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.05, total_steps=40, cycle_momentum=False),
    lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda k: 0.9**k),
])
def test_schedulers_of_torch_set_the_rates(schedule):
    (a, loss_a), (b, loss_b) = quadratic(), quadratic()
    theirs, ours = torch.optim.SGD([a], lr=0.1), LinBreg([b], lr=0.1, lambda_=0.0, law=FIXED, regularizer="l1")
    with_theirs, with_ours = schedule(theirs), schedule(ours)
    for _ in range(12):
        for optimizer, loss, rates in ((theirs, loss_a, with_theirs), (ours, loss_b, with_ours)):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
            rates.step()
    assert ours.param_groups[0]["lr"] == theirs.param_groups[0]["lr"] != 0.1
    np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-12, atol=1e-13)


def test_a_closure_is_called_once_with_gradients_and_its_loss_reaches_the_law():
    p, loss = quadratic()
    seen, calls = [], []
    optimizer = LinBreg([p], regularizer="l1", law=lambda o: seen.append(o.loss) or o.lambda_)

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    with torch.no_grad():
        value = optimizer.step(closure)
    assert calls == [True] and seen == [value.item()]
    optimizer.set_loss(7.0)
    optimizer.step()
    assert seen[1] == 7.0


def test_who_has_no_gradient_or_is_frozen_takes_no_part(device):
    model = network(device=device)
    optimizer = AdaBreg(model.parameters(), target=0.5)
    train(model, optimizer, 5)
    model[0].weight.requires_grad_(False)  # keeps the gradient of the last backward()
    model[2].bias.grad = None
    before = [p.detach().clone() for p in model.parameters()]
    v_before = optimizer.duals()
    optimizer.step()
    same = [torch.equal(p, q) for p, q in zip(model.parameters(), before)]
    assert same == [True, False, False, True]
    assert [v.shape for v in v_before] == [p.shape for p in model.parameters()]
    assert [torch.equal(p, q) for p, q in zip(optimizer.duals(), v_before)] == same


def test_zero_grad_and_a_new_group(device):
    model = network(device=device)
    optimizer = LinBreg(model[0].parameters(), target=0.5)
    train(model, optimizer, 3)
    optimizer.add_param_group(dict(params=model[2].parameters(), lr=0.05, name="head"))
    train(model, optimizer, 3)
    assert [c.name for c in optimizer.counts] == ["group 0", "head"]
    assert optimizer.steps == 6 and len(optimizer.duals()) == 4
    optimizer.zero_grad()
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


def test_other_layouts_make_the_same_steps(device):
    start, gradients = (torch.randn(size, dtype=torch.float64).to(device) for size in ((3, 4, 5, 5), (6, 3, 4, 5, 5)))
    results = []
    for layout in (torch.contiguous_format, torch.channels_last):
        p = torch.nn.Parameter(start.clone().contiguous(memory_format=layout))
        optimizer = AdaBreg([p], regularizer="group_kernels", target=0.5)
        for g in gradients:
            p.grad = g.clone()
            optimizer.step()
        assert p.is_contiguous(memory_format=layout)
        results.append(p.detach())
    assert torch.equal(*results) and (results[0] == 0).any()


def test_a_law_of_ones_own_is_called_as_the_librarys(device):
    def paper(seen):
        error = seen.target - seen.sparsity
        factor = 1 + 0.25 * abs(error)
        return min(max(seen.lambda_ * factor if error > 0 else seen.lambda_ / factor, 1e-6), 1e3)

    results = []
    for law in (paper, laws.multiplicative(gain=0.25)):
        model = network(dtype=torch.float64, device=device)
        optimizer = LinBreg(model.parameters(), target=0.7, lambda_=0.01, law=law)
        train(model, optimizer, 30)
        results.append((optimizer.lambda_, model[0].weight.detach()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12) != 0.01
    torch.testing.assert_close(results[0][1], results[1][1], rtol=1e-10, atol=1e-12)


def test_a_target_for_each_epoch_and_a_new_one(device):
    model = network(device=device)
    optimizer = AdaBreg(model.parameters(), target=[0.2, 0.6], law="quantile")
    train(model, optimizer, 2)
    assert (optimizer.target, optimizer.epoch) == (pytest.approx(0.2), 0)
    optimizer.epoch = 1
    train(model, optimizer, 2)
    assert optimizer.target == pytest.approx(0.6) and optimizer.sparsity == pytest.approx(0.6, abs=0.02)
    optimizer.target = 0.3
    train(model, optimizer, 2)
    assert optimizer.sparsity == pytest.approx(0.3, abs=0.02)
    optimizer.lambda_ = 0.5
    assert optimizer.lambda_ == 0.5


def test_thin_out_keeps_a_share_and_only_of_the_weights(device):
    model = torch.nn.Linear(100, 100).to(device)
    optimizer = AdaBreg(model.parameters())
    optimizer.thin_out(0.1, seed=5)
    assert 0.08 < (model.weight != 0).float().mean() < 0.12 and (model.bias != 0).all()


def test_parameters_that_somebody_changes_are_taken_over(device):
    model = network(device=device)
    optimizer = AdaBreg(model.parameters(), target=0.5, law=FIXED)
    train(model, optimizer, 3)
    assert optimizer.distance_from_image() < 1e-6
    with torch.no_grad():
        model[0].weight.add_(1.0)
    assert optimizer.distance_from_image() == pytest.approx(1.0, abs=1e-5)
    optimizer.restart_from_parameters()
    assert optimizer.distance_from_image() < 1e-6


def test_two_threads_step_at_once():
    from concurrent.futures import ThreadPoolExecutor

    def run(seed):
        p, loss = quadratic(seed=seed)
        optimizer = AdaBreg([p], regularizer="l1", target=0.5, law=lambda seen: seen.lambda_ * 1.01)
        for _ in range(40):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        return p.detach()

    alone = [run(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(run, range(4)))
    assert all(torch.equal(a, b) for a, b in zip(alone, together))


def test_linbreg_says_when_a_network_has_lost_most_of_its_weights_at_once():
    def first_steps(make):
        model = network()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            train(model, make(model), 5)
        return [str(each.message) for each in said]

    (sentence,) = first_steps(lambda m: LinBreg(m.parameters(), target=0.9))
    assert "rate_limit(laws.settling(), 1.01)" in sentence and "take AdaBreg" in sentence
    for quiet in (lambda m: AdaBreg(m.parameters(), target=0.9),
                  lambda m: LinBreg(m.parameters(), target=0.9, law=laws.rate_limit(laws.settling(), 1.01)),
                  lambda m: LinBreg(m.parameters(), target=0.3),
                  lambda m: LinBreg([m[0].weight], target=0.9)):  # one layer is no chain
        assert first_steps(quiet) == []

    def begun_sparse(model):
        optimizer = LinBreg(model.parameters(), target=0.9)
        optimizer.thin_out(0.2)
        return optimizer

    assert first_steps(begun_sparse) == []


@pytest.mark.parametrize("regularizer", ["auto", "l1"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_group_without_a_parameter_is_as_if_it_were_not_there(place, regularizer):
    """As where a module has no biases and its groups are made all the same."""
    models = [network(dtype=torch.float64) for _ in range(2)]
    for model, with_empty in zip(models, (True, False)):
        groups = [{"params": [model[0].weight, model[0].bias]}, {"params": [model[2].weight, model[2].bias]}]
        if with_empty:
            groups.insert(place, {"params": []})
        optimizer = AdaBreg(groups, target=0.5, regularizer=regularizer)
        train(model, optimizer, 20)
        optimizer.load_state_dict(optimizer.state_dict())
        train(model, optimizer, 20)
        assert optimizer.sparsity == pytest.approx(0.5, abs=0.1)
    assert all(torch.equal(p, q) for p, q in zip(models[0].parameters(), models[1].parameters()))
