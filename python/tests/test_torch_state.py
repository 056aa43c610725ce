"""Where a run of bregman.torch was left it goes on, bit by bit."""

import copy
import io
import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from bregman import laws  # noqa: E402
from bregman.torch import AdaBreg, LinBreg  # noqa: E402
from test_torch_steps import network, train  # noqa: E402


class Counting:
    """A law with a memory."""

    def __init__(self):
        self.calls = 0

    def __call__(self, seen):
        self.calls += 1
        return 0.001 * (1 + self.calls)

    def state_dict(self):
        return {"calls": self.calls}

    def load_state_dict(self, state):
        self.calls = state["calls"]


MAKERS = {
    "adabreg": lambda parameters: AdaBreg(parameters, target=0.6),
    "momentum, laws in laws": lambda parameters: LinBreg(parameters, momentum=0.9, law=laws.rate_limit(laws.pid(), factor=1.2)),
    "a law with a memory": lambda parameters: LinBreg(parameters, law=Counting()),
}


def saved_and_loaded(thing):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file)


def run(make, carry_over, device):
    """Weights after 9 steps, of which 5 are made after carry_over(model, optimizer)."""
    model = network(device=device)
    optimizer = make(model.parameters())
    train(model, optimizer, 4)
    model, optimizer = carry_over(model, optimizer)
    train(model, optimizer, 5, seed=2)
    return [p.detach() for p in model.parameters()], optimizer.lambda_, optimizer.sparsity


def by_state_dict(make):
    def carry_over(model, optimizer):
        other = network(seed=9, device=model[0].weight.device)
        resumed = make(other.parameters())
        train(other, resumed, 2, seed=5)  # has a state of its own that must go
        other.load_state_dict(saved_and_loaded(model.state_dict()))
        resumed.load_state_dict(saved_and_loaded(optimizer.state_dict()))
        return other, resumed

    return carry_over


def by_file(make):
    def carry_over(model, optimizer):
        file = io.BytesIO()
        optimizer.save_state(file)
        file.seek(0)
        other = copy.deepcopy(model)
        resumed = make(other.parameters())
        resumed.load_state(file)
        return other, resumed

    return carry_over


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("way", ["state_dict", "file", "deepcopy", "pickle"])
def test_goes_on_with_the_same_bits(name, way, device):
    make = MAKERS[name]
    carry_over = {
        "state_dict": by_state_dict(make),
        "file": by_file(make),
        "deepcopy": lambda model, optimizer: copy.deepcopy((model, optimizer)),
        "pickle": lambda model, optimizer: pickle.loads(pickle.dumps((model, optimizer))),
    }[way]
    straight, there = run(make, lambda *same: same, device), run(make, carry_over, device)
    assert all(torch.equal(a, b) for a, b in zip(straight[0], there[0]))
    assert straight[1:] == there[1:]


def test_a_deepcopy_is_of_its_own():
    model = network()
    optimizer = AdaBreg(model.parameters())
    train(model, optimizer, 2)
    other, copied = copy.deepcopy((model, optimizer))
    before = [p.detach().clone() for p in model.parameters()]
    train(other, copied, 3)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before))
    assert (optimizer.steps, copied.steps) == (2, 5)
    assert copied.param_groups[0]["params"][0] is other[0].weight


def test_a_state_dict_brings_rates_and_settings_of_groups():
    model = network()
    optimizer = AdaBreg(model.parameters(), lr=0.02, lambda_scale=2.0)
    train(model, optimizer, 2)
    optimizer.param_groups[0]["lr"] = 0.005
    resumed = AdaBreg(model.parameters(), lr=0.5)
    resumed.load_state_dict(optimizer.state_dict())
    assert (resumed.param_groups[0]["lr"], resumed.param_groups[0]["lambda_scale"]) == (0.005, 2.0)
    train(model, resumed, 1)


def test_a_scheduler_goes_on_too():
    model = network()
    optimizer = AdaBreg(model.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    train(model, optimizer, 5, schedule=schedule)
    resumed = AdaBreg(model.parameters(), lr=0.02)
    resumed.load_state_dict(optimizer.state_dict())
    after = torch.optim.lr_scheduler.StepLR(resumed, 2, 0.5)
    after.load_state_dict(schedule.state_dict())
    train(model, resumed, 1, schedule=after)
    assert resumed.param_groups[0]["lr"] == 0.02 * 0.5**3


def test_a_file_brings_its_rates(tmp_path):
    model = network()
    optimizer = AdaBreg(model.parameters(), lr=0.25)
    train(model, optimizer, 1)
    optimizer.save_state(tmp_path / "state")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    resumed = AdaBreg(model.parameters(), lr=0.5)
    resumed.load_state(tmp_path / "state")
    assert resumed.param_groups[0]["lr"] == 0.25 and resumed.steps == 1


def test_files_name_the_regularizers_as_cpp_does_where_cpp_has_them():
    model = network()
    lists = []
    for regularizer in ("auto", "group_rows", "nonnegative_l1"):
        optimizer = AdaBreg(model.parameters(), regularizer=regularizer)
        train(model, optimizer, 1)
        file = io.BytesIO()
        optimizer.save_state(file)
        lists.append(b"regularizer none|l1|group_rows|group_kernels, law settling" in file.getvalue())
        file.seek(0)
        optimizer.load_state(file)
    assert lists == [True, True, False]


def test_a_file_of_cpp_is_read_and_written_to_the_byte():
    """cpp_adabreg.state is what the C++ program cpp_state.cpp saved after these four steps."""
    sizes = [(8, 6), (8,), (2, 8), (2,)]
    parameters = []
    for size in sizes:
        count = torch.Size(size).numel()
        parameters.append(torch.nn.Parameter(((torch.arange(count) * 5 % 11 - 5) * 0.125).view(size)))
    optimizer = AdaBreg(parameters, lr=0.0625, target=0.5)
    for k in range(1, 5):
        for p in parameters:
            p.grad = ((torch.arange(p.numel()) * (k + 3) % 7 - 3) * 0.25).view(p.shape)
        optimizer.step()
    resumed = AdaBreg([torch.nn.Parameter(torch.zeros(size)) for size in sizes])
    path = Path(__file__).with_name("cpp_adabreg.state")
    resumed.load_state(path)
    assert resumed.lambda_ == pytest.approx(optimizer.lambda_, rel=1e-5) and resumed.steps == 4
    assert (resumed.param_groups[0]["lr"], resumed.target) == (0.0625, 0.5)
    for a, b in zip(resumed.duals(), optimizer.duals()):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    again = io.BytesIO()
    resumed.save_state(again)
    assert again.getvalue() == path.read_bytes()


REFUSED = {
    "other shapes": (lambda: AdaBreg(torch.nn.Linear(3, 3).parameters()), "doesn't match|number of|size of tensor"),
    "another number of groups": (lambda: AdaBreg([dict(params=[p]) for p in network().parameters()]),
                                 "different number of parameter groups"),
    "another direction": (lambda: LinBreg(network().parameters()), "direction adam.*allowed: .*direction gradient"),
    "another law": (lambda: AdaBreg(network().parameters(), law="pid"), "law settling.*allowed: .*law pid"),
    "another scalar type": (lambda: AdaBreg(network(dtype=torch.float64).parameters()), "scalar float32.*allowed: scalar float64"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_does_not_fit_is_refused_and_changes_nothing(which):
    model = network()
    optimizer = AdaBreg(model.parameters(), lr=0.33)
    train(model, optimizer, 2)
    make, sentence = REFUSED[which]
    other = make()
    for p in (p for group in other.param_groups for p in group["params"]):
        p.grad = torch.ones_like(p)
    other.step()
    before = other.state_dict()
    with pytest.raises(ValueError, match=sentence):
        other.load_state_dict(optimizer.state_dict())
    after = other.state_dict()
    assert torch.equal(before.pop("bregman"), after.pop("bregman")) and before == after


def test_states_of_other_optimizers_and_damaged_ones():
    model = network()
    optimizer = AdaBreg(model.parameters())
    with pytest.raises(ValueError, match="one without \"bregman\""):
        optimizer.load_state_dict(torch.optim.Adam(model.parameters()).state_dict())
    train(model, optimizer, 1)
    file = io.BytesIO()
    optimizer.save_state(file)
    damaged = bytearray(file.getvalue())
    damaged[60] ^= 1
    with pytest.raises(RuntimeError, match="checksum"):
        optimizer.load_state(io.BytesIO(bytes(damaged)))
    with pytest.raises(ValueError, match="BREGMAN1"):
        optimizer.load_state(io.BytesIO(b"something else"))
    assert optimizer.steps == 1


def test_a_law_that_hides_a_state_is_not_saved():
    calls = []
    optimizer = AdaBreg(network().parameters(), law=lambda seen: calls.append(1) or seen.lambda_)
    with pytest.raises(ValueError, match="state_dict"):
        optimizer.state_dict()
