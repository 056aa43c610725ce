"""The table of docs/python.md: AdaBreg and LinBreg from dense weights, on the digits of scikit-learn.

usage: dense_start.py     prints the accuracies of three seeds for each optimizer and target: a minute
"""
import torch
from sklearn.datasets import load_digits

from bregman import laws
from bregman.torch import AdaBreg, LinBreg

torch.set_num_threads(1)
digits = load_digits()
x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)


def trained(make, seed):
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer, order = make(model.parameters()), torch.randperm(len(x))
    train, test = order[:1300], order[1300:]
    for _ in range(40):
        for batch in train[torch.randperm(1300)].split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    return float((model(x[test]).argmax(1) == y[test]).float().mean())


slowly = laws.rate_limit(laws.settling(), 1.01)
for target in (0.9, 0.95):
    for name, make in (("AdaBreg", lambda p: AdaBreg(p, target=target)), ("LinBreg", lambda p: LinBreg(p, target=target)),
                       ("LinBreg, lambda rising slowly", lambda p: LinBreg(p, target=target, law=slowly))):
        print(target, name, *(f"{trained(make, seed):.3f}" for seed in range(3)), flush=True)
