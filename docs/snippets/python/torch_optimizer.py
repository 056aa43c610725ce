"""The code of docs/python.md, run by python/tests/test_pages.py."""

import copy
import io

import torch
from bregman import laws
from bregman.torch import AdaBreg, LinBreg, regularizers

torch.manual_seed(0)
x = torch.randn(512, 20)
y = x[:, :1] - 2 * x[:, 1:2]


def network():
    return torch.nn.Sequential(torch.nn.Linear(20, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))


def train(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()


model = network()
optimizer = AdaBreg(model.parameters(), lr=0.01, target=0.8)
for _ in range(300):
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
print(optimizer.sparsity, optimizer.lambda_)  # 0.8 of all parameters are zero
assert abs(optimizer.sparsity - 0.8) < 0.02

model = network()
hidden, head = model[0], model[2]
optimizer = LinBreg([
    {"params": [hidden.weight], "regularizer": "group_rows", "target": 0.5, "name": "hidden"},
    {"params": [head.weight], "regularizer": {"name": "elastic_net", "ratio": 0.1}, "target": 0.5, "lr": 0.02},
    {"params": [hidden.bias, head.bias], "regularizer": "none"},
], lr=0.05, momentum=0.9)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
train(model, optimizer, 100)
schedule.step()
for count in optimizer.counts:
    print(count.name, count.sparsity)
assert abs(optimizer.counts[0].sparsity - 0.5) < 0.1 and optimizer.param_groups[1]["lr"] == 0.01


def gentle(seen):
    """lambda grows by at most a hundredth in a step."""
    return seen.lambda_ * (1.01 if seen.sparsity < seen.target else 0.99)


model = network()
optimizer = AdaBreg(model.parameters(), target=0.5, law=gentle)  # or law="pid", or law=laws.pid(integral=0.5)
train(model, optimizer, 20)
assert 1e-3 < optimizer.lambda_ < 1e-3 * 1.01**20 * 1.001
AdaBreg(model.parameters(), law=laws.pid(integral=0.5))

file = io.BytesIO()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
file.seek(0)
saved = torch.load(file)
model.load_state_dict(saved["model"])
optimizer.load_state_dict(saved["optimizer"])  # the next step has the bits that it would have had

best = copy.deepcopy(model.state_dict())
train(model, optimizer, 5)
model.load_state_dict(best)  # somebody else changes the parameters
optimizer.restart_from_parameters()  # without it the next step makes them from v, and undoes that
assert optimizer.distance_from_image() < 1e-6

print(regularizers())  # {"none": {}, "l1": {}, ..., "elastic_net": {"ratio": 1.0}, ...}
