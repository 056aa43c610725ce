"""Trains a small network to 95 % zeros: AdaBreg as any optimizer of torch, a target that grows, and no lambda to find."""

import torch

from bregman.torch import AdaBreg

torch.manual_seed(0)
x = torch.randn(4096, 16)
y = torch.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3]  # 13 of 16 inputs say nothing
train, test = slice(0, 3072), slice(3072, None)

model = torch.nn.Sequential(torch.nn.Linear(16, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
targets = [0.95 * (1 - (1 - e / 30) ** 3) for e in range(1, 31)]  # the last stays
optimizer = AdaBreg(model.parameters(), lr=0.005, target=targets)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)

for optimizer.epoch in range(60):
    for batch in torch.randperm(3072).split(256):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x[train][batch]), y[train][batch]).backward()
        optimizer.step()
    schedule.step()

with torch.no_grad():
    error = torch.nn.functional.mse_loss(model(x[test]), y[test]) / y[test].var()
used = (model[0].weight != 0).any(0).nonzero().flatten().tolist()
print(f"sparsity {optimizer.sparsity:.3f} of 0.95 at lambda {optimizer.lambda_:.3g}")
print(f"error {error:.3f} of the variance on data not seen, from the inputs {used}")
