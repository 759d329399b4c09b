"""The output of `make gpu-check` without a GPU, and its tables with the programs replaced."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import gpu_check


class Driver:
    """The functions of libcuda that gpu_check.py calls."""

    def __init__(self, gpus: int, version: int = 13000, status: int = 0) -> None:
        self.gpus, self.version, self.status = gpus, version, status

    def cuInit(self, _: int) -> int:
        return self.status

    def cuDeviceGetCount(self, count: object) -> None:
        count._obj.value = self.gpus

    def cuDriverGetVersion(self, version: object) -> None:
        version._obj.value = self.version

    def cuDeviceGetName(self, name: object, _size: int, _device: int) -> None:
        name.value = b"A GPU"


class Presence(unittest.TestCase):
    def run_main(self, driver: Driver | None, *words: str) -> tuple[int, str]:
        load = mock.Mock(return_value=driver) if driver else mock.Mock(side_effect=OSError)
        out = io.StringIO()
        with mock.patch.object(gpu_check.ctypes, "CDLL", load), contextlib.redirect_stdout(out):
            return gpu_check.main(list(words)), out.getvalue()

    def test_without_a_gpu_nothing_runs_and_the_reason_is_printed(self) -> None:
        for driver, reason in (
            (None, "there is no NVIDIA driver"), (Driver(0), "finds no GPU"), (Driver(1, status=100), "CUDA error 100"),
            (Driver(1, version=12080), "the driver of A GPU supports CUDA 12, 13 is required"),
        ):
            with self.subTest(reason):
                status, output = self.run_main(driver)
                self.assertEqual(status, 0)
                self.assertRegex(output, f"^GPU: not run: .*{reason}")
                self.assertEqual(self.run_main(driver, "--present")[0], 1)

    def test_a_gpu_is_present(self) -> None:
        self.assertEqual(self.run_main(Driver(1), "--present"), (0, ""))


class Tables(unittest.TestCase):
    def test_the_tables_have_measurements_and_errors(self) -> None:
        def run(command: list[str]) -> subprocess.CompletedProcess[str]:
            if "tensorrt" in command:
                return subprocess.CompletedProcess(command, 1, "", "error: libnvinfer.so.10 is missing\n")
            if command[0].endswith("frames"):
                rows = [{"batch": 1, "load_s": 2.0, "first_s": 0.5, "frames_per_s": 20.0}, {"batch": 8, "refused": "the memory is too small"}]
                return subprocess.CompletedProcess(command, 0, "".join(json.dumps(row) + "\n" for row in rows), "")
            stages = {"decode_s": 0.1, "matte_s": 2.0, "finish_s": 0.3, "encode_s": 0.4}
            return subprocess.CompletedProcess(command, 0, json.dumps({"frames": 100, "took_s": 4.0, "stages": stages}), "")

        with mock.patch.object(gpu_check, "run", run), tempfile.TemporaryDirectory() as folder:
            output = gpu_check.measure(["cuda", "tensorrt"], ["720p"], 8, "1,8", 0.2, Path(folder))
        for row in (
            "| cuda | 720p | 1 | 20.00 | 0.50 | 2.00 |",
            "| cuda | 720p | 8 | the memory is too small |  |  |",
            "| tensorrt | 720p |  | error: libnvinfer.so.10 is missing |  |  |",
            "| cuda | 720p | webm | 25.00 | 1.0 | 20.0 | 3.0 | 4.0 |",
            "| tensorrt | 720p | mp4 | error: libnvinfer.so.10 is missing |  |  |  |  |",
        ):
            self.assertIn(row, output)


if __name__ == "__main__":
    unittest.main()
