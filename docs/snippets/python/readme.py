import torch
import bregman.torch

x, y = torch.randn(256, 20), torch.randn(256, 1)
model = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
optimizer = bregman.torch.AdaBreg(model.parameters(), lr=0.01, target=0.8)
for _ in range(300):
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
print(optimizer.sparsity, optimizer.lambda_)  # 0.8 of all parameters are zero
