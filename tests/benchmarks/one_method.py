"""A method in a process of its own: `python one_method.py NAME VARIANT DEVICE` prints what a prediction costs, as JSON.

The peak memory of a process that has done other work before would be that of this work.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from training.config import build_config
from training.networks.vgg import FrontEnd
from training.operations import SIZE
from training.registry import find_method
from training.runs.run_log import memory_mib

ROUNDS = 3


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """The shortest of some rounds, after one to warm up: of the CPU, or on the clock where a GPU works."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    spent = []
    for _ in range(ROUNDS + 1):
        began = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        spent.append(clock() - began)
    return min(spent[1:])


def peak_mib(device: torch.device) -> float:
    """Peak memory so far: of the GPU, or of this process alone (ru_maxrss begins with that of the process before)."""
    if device.type == "cuda":
        return memory_mib(device)
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def measured(name: str, variant: str, device: torch.device) -> dict[str, float]:
    """Seconds of a prediction, seconds of the bare front end of VGG-16, and peak memory of the prediction, MiB."""
    picture = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    image = torch.from_numpy(picture).to(device).permute(2, 0, 1)[None].float()
    kind, before = find_method(name), peak_mib(device)
    torch.manual_seed(0)
    method = kind(build_config(kind.Config, kind.VARIANTS[variant])).to(device).eval()
    ours = seconds(lambda: method.predict(picture), device)
    memory = peak_mib(device) - before
    front = FrontEnd().to(device).eval()
    with torch.inference_mode():
        bare = seconds(lambda: front(image), device)
    return {"seconds": ours, "front": bare, "memory": memory}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(measured(sys.argv[1], sys.argv[2], torch.device(sys.argv[3]))))
