"""U²-Net as `backgroundremover` defines it, with random weights from a fixed seed, as its file and as ours.

Speed and memory do not depend on what a network has learned. Run by the Python environment `backgroundremover`.

    python random_u2net.py PICTURE u2net.pth u2net.onnx
"""

import sys

import numpy
import torch
from backgroundremover.u2net.u2net import U2NET
from PIL import Image

SIDE = 320
# The weight of each of the six scales, and the spread of the logits: they give large patches of mostly 0 or 1 with soft
# edges, as in the matte of a trained network.
SCALES = (0.0, 0.0, 0.1, 0.3, 1.0, 1.0)
SPREAD = 10.0


def pixels(path: str) -> torch.Tensor:
    with Image.open(path) as opened:
        picture = numpy.asarray(opened.convert("RGB").resize((SIDE, SIDE)), numpy.float32)
    return ((torch.from_numpy(picture) / 255 - 0.485) / 0.229).permute(2, 0, 1).unsqueeze(0)


def settle(network: U2NET, sample: torch.Tensor) -> None:
    """Gives the normalisations the statistics of one picture, and the last layer its spread, so that no layer is flat."""
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            torch.nn.init.zeros_(module.bias)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    last = network.outconv
    last.weight.copy_(torch.tensor(SCALES).reshape(last.weight.shape))
    logits = []
    hook = last.register_forward_hook(lambda _, __, output: logits.append(output))
    network.train()(sample)
    network.eval()(sample)
    hook.remove()
    last.weight.mul_(SPREAD / logits[-1].std())
    last.bias.copy_(-logits[-1].mean() * SPREAD / logits[-1].std())


def main(picture: str, weights: str, graph: str) -> None:
    torch.manual_seed(1)
    network, sample = U2NET(3, 1), pixels(picture)
    with torch.no_grad():
        settle(network, sample)
        torch.save(network.state_dict(), weights)
        names = [f"d{number}" for number in range(7)]
        torch.onnx.export(
            network, sample, graph, dynamo=False, opset_version=17, input_names=["input"], output_names=names
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
