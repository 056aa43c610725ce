"""Where tensors may be: on one device, which chooses what steps them, and what is saved on one goes on on the other.

The tests with `other` compare the two forms of a step: with CUDA tensors against the CPU where there is a GPU, and to the bit where
the module was built with BREGMAN_TORCH_DEVICE=omp, which steps tensors of the CPU by the source that nvcc compiles.
"""

import copy
import io
import pickle

import pytest

torch = pytest.importorskip("torch")
from bregman import _torch  # noqa: E402
from bregman.torch import AdaBreg, LinBreg, built_with_cuda, regularizers  # noqa: E402
from conftest import why_not_on_cuda  # noqa: E402
from test_torch_state import Counting  # noqa: E402
from test_torch_steps import network, train  # noqa: E402


class OnEigen(AdaBreg):
    _backend = "eigen"


class OnThrust(AdaBreg):
    _backend = "thrust"


class Linear(LinBreg):
    """LinBreg with the backend of another class."""

    def __init__(self, parameters, backend, **settings):
        self._backend = backend
        super().__init__(parameters, **settings)


class Other:
    """The other form of a step, and how near its numbers are."""

    def __init__(self, device):
        self.device = device
        self.is_exact = device == "cpu"

    def check(self, there, here):
        for a, b in zip(there, here):
            if self.is_exact:
                assert torch.equal(a, b)
            else:
                torch.testing.assert_close(a.cpu(), b.cpu(), rtol=2e-4, atol=2e-5)


@pytest.fixture
def other():
    if _torch.device_system == "omp":
        return Other("cpu")
    if why_not_on_cuda():
        pytest.skip(f"{why_not_on_cuda()}, and no BREGMAN_TORCH_DEVICE=omp either")
    return Other("cuda")


def convolutional(device, dtype=torch.float32):
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Conv2d(2, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(64, 4)).to(device, dtype)


def train_convolutional(model, optimizer, steps, seed=1):
    """On gradients that are made on the CPU, so that they are the same on each device."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        for p in model.parameters():
            p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype).to(p.device)
        optimizer.step()


def weights(model):
    return [p.detach() for p in model.parameters()]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("momentum", [None, 0.0, 0.9])  # AdaBreg, LinBreg without and with
def test_both_forms_make_the_same_steps(other, momentum, dtype):
    results = []
    for backend, device in (("eigen", "cpu"), ("thrust", other.device)):
        model = convolutional(device, dtype)
        settings = dict(target=0.6, lambda_=0.05, law="pid", clip_norm=3.0)
        if momentum is None:
            optimizer = (OnEigen if backend == "eigen" else OnThrust)(model.parameters(), lr=0.02, **settings)
        else:
            optimizer = Linear(model.parameters(), backend, lr=0.02, momentum=momentum, **settings)
        train_convolutional(model, optimizer, 12)
        results.append((model, optimizer))
    (here, mine), (there, others) = results
    other.check(weights(there), weights(here))
    other.check(others.duals(), mine.duals())
    assert others.lambda_ == pytest.approx(mine.lambda_, rel=0 if other.is_exact else 1e-2)
    assert others.sparsity == pytest.approx(mine.sparsity, abs=0 if other.is_exact else 0.01) and 0.05 < mine.sparsity < 0.95
    if other.is_exact:
        assert others.state_dict()["bregman"].equal(mine.state_dict()["bregman"])


@pytest.mark.parametrize("name", regularizers())
def test_both_forms_have_all_regularizers(other, name):
    results = []
    for kind, device in ((OnEigen, "cpu"), (OnThrust, other.device)):
        model = convolutional(device)
        p = model[0 if "kernels" in name else 3].weight
        optimizer = kind([p], regularizer=name, lr=0.02, target=0.5, lambda_=0.05, law="fixed")
        generator = torch.Generator().manual_seed(7)
        for _ in range(6):
            p.grad = torch.randn(p.shape, generator=generator).to(device)
            optimizer.step()
        results.append(([p.detach()], optimizer.counts[0].nonzeros))
    other.check(results[1][0], results[0][0])
    assert results[1][1] == pytest.approx(results[0][1], abs=0 if other.is_exact else 1)


@pytest.mark.parametrize("way", ["state_dict", "file"])
@pytest.mark.parametrize("law", ["settling", "of Python"])
def test_what_one_form_has_saved_goes_on_in_the_other_and_back(other, law, way):
    def made(kind, model):
        return kind(model.parameters(), lr=0.02, target=0.5, law=Counting() if law == "of Python" else law)

    def carried_over(optimizer, model, kind, device):
        moved = copy.deepcopy(model).to(device)
        resumed = made(kind, moved)
        if way == "state_dict":
            file = io.BytesIO()
            torch.save(optimizer.state_dict(), file)
            file.seek(0)
            resumed.load_state_dict(torch.load(file))
        else:
            file = io.BytesIO()
            optimizer.save_state(file)
            file.seek(0)
            resumed.load_state(file)
        return resumed, moved

    straight = convolutional("cpu")
    alone = made(OnEigen, straight)
    for seed in (1, 2, 3):
        train_convolutional(straight, alone, 4, seed)
    model = convolutional("cpu")
    optimizer = made(OnEigen, model)
    train_convolutional(model, optimizer, 4, 1)
    optimizer, model = carried_over(optimizer, model, OnThrust, other.device)
    train_convolutional(model, optimizer, 4, 2)
    optimizer, model = carried_over(optimizer, model, OnEigen, "cpu")
    train_convolutional(model, optimizer, 4, 3)
    other.check(weights(model), weights(straight))
    assert optimizer.steps == alone.steps == 12
    assert optimizer.lambda_ == pytest.approx(alone.lambda_, rel=0 if other.is_exact else 1e-2)


def test_thinning_a_new_group_and_a_restart_in_both_forms(other):
    results = []
    for kind, device in ((OnEigen, "cpu"), (OnThrust, other.device)):
        model = convolutional(device)
        optimizer = kind(model[0].parameters(), lr=0.02, target=0.5)
        optimizer.thin_out(0.3, seed=4)
        train_convolutional(model[0], optimizer, 2)
        optimizer.add_param_group(dict(params=model[3].parameters(), name="head"))
        train_convolutional(model, optimizer, 2)
        with torch.no_grad():
            model[3].weight.mul_(0.5)
        assert optimizer.distance_from_image() > 1e-3
        optimizer.restart_from_parameters()
        assert optimizer.distance_from_image() < 1e-6
        optimizer.lambda_ = 0.01
        train_convolutional(model, optimizer, 2)
        results.append((model, optimizer))
    (here, mine), (there, others) = results
    other.check(weights(there), weights(here))
    assert [(c.name, c.size) for c in others.counts] == [(c.name, c.size) for c in mine.counts]
    assert others.steps == mine.steps == 6


# ---- what is refused


class OnCuda(torch.nn.Parameter):
    """A parameter that says it is on a GPU, for machines without one."""

    device = torch.device("cuda", 0)


@pytest.mark.skipif(built_with_cuda(), reason="bregman.torch was built with CUDA")
def test_cuda_tensors_without_cuda():
    sentence = (r'parameter 0 .group "weights". device = cuda:0; allowed: cpu, for this build of bregman.torch is without CUDA; '
                "build it again where nvcc is, with BREGMAN_CUDA=1 pip install ")
    with pytest.raises(ValueError, match=sentence):
        AdaBreg([OnCuda(torch.ones(3, 4))])


def test_tensors_on_several_devices():
    bias, weight = torch.nn.Parameter(torch.ones(3)), OnCuda(torch.ones(3, 4))
    with pytest.raises(ValueError, match=r'parameter 1 .group "weights". device = cuda:0; allowed: cpu, that of parameter 0; move the'):
        AdaBreg([bias, weight])
    meta = torch.nn.Parameter(torch.ones(2, 2, device="meta"))
    with pytest.raises(ValueError, match=r'parameter 2 .group "head". device = meta; allowed: cpu, that of parameter 0'):
        LinBreg([dict(params=[torch.nn.Parameter(torch.ones(3, 4)), bias]), dict(params=[meta], name="head", regularizer="l1")])


def test_a_group_on_another_device_is_no_group():
    model = network()
    optimizer = AdaBreg(model.parameters(), target=0.5)
    train(model, optimizer, 2)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=r'parameter 4 .group "head". device = cuda:0; allowed: cpu, that of parameter 0'):
        optimizer.add_param_group(dict(params=[OnCuda(torch.ones(3, 4))], name="head"))
    after = optimizer.state_dict()
    assert torch.equal(before.pop("bregman"), after.pop("bregman")) and before == after
    train(model, optimizer, 1)
    assert optimizer.steps == 3


# ---- with a GPU alone


@pytest.fixture
def gpu():
    if why_not_on_cuda():
        pytest.skip(why_not_on_cuda())
    return torch.device("cuda", torch.cuda.current_device())


def test_duals_are_where_the_parameters_are(gpu):
    model = network(device=gpu)
    optimizer = AdaBreg(model.parameters(), target=0.5)
    train(model, optimizer, 2)
    assert all(v.device == p.device for v, p in zip(optimizer.duals(), model.parameters()))


def test_a_model_that_was_moved_is_refused_and_its_optimizer_can_follow(gpu):
    model = network()
    optimizer = AdaBreg(model.parameters(), target=0.5)
    train(model, optimizer, 3)
    model.to(gpu)
    with pytest.raises(ValueError, match=r"device = cuda:0; allowed: cpu; .*load_state_dict\(optimizer.state_dict\(\)\)"):
        train(model, optimizer, 1)
    assert optimizer.steps == 3
    optimizer.load_state_dict(optimizer.state_dict())
    train(model, optimizer, 1)
    model.cpu()
    with pytest.raises(ValueError, match="device = cpu; allowed: cuda"):
        train(model, optimizer, 1)
    optimizer.load_state_dict(optimizer.state_dict())
    train(model, optimizer, 1)
    assert optimizer.steps == 5


def test_another_stream_makes_the_same_bits(gpu):
    results = []
    for stream in (torch.cuda.default_stream(), torch.cuda.Stream()):
        torch.cuda.synchronize()
        with torch.cuda.stream(stream):
            model = network(device=gpu)
            train(model, AdaBreg(model.parameters(), target=0.5), 12)
        torch.cuda.synchronize()
        results.append(weights(model))
    assert all(torch.equal(a, b) for a, b in zip(*results))


def test_a_pickle_of_the_gpu_is_read_on_the_gpu(gpu):
    model = network(device=gpu)
    optimizer = AdaBreg(model.parameters(), target=0.5)
    train(model, optimizer, 3)
    other, resumed = pickle.loads(pickle.dumps((model, optimizer)))
    train(model, optimizer, 3, seed=2)
    train(other, resumed, 3, seed=2)
    assert all(torch.equal(a, b) for a, b in zip(weights(model), weights(other)))


def test_a_law_of_python_may_use_the_gpu(gpu):
    seen_there = []

    def law(seen):
        seen_there.append(float(torch.full((3,), seen.lambda_, device=gpu).sum()))
        return seen.lambda_ * 1.01

    model = network(device=gpu)
    optimizer = LinBreg(model.parameters(), lambda_=0.25, law=law)
    train(model, optimizer, 4)
    assert seen_there[0] == 0.75 and len(seen_there) == 4
