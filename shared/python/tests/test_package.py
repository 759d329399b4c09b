"""The public API of the package: types of pictures, options, errors, missing weights, threads.

    python shared/python/tests/test_package.py      in an environment where the wheel is installed

No weights are needed: the networks are the tiny graphs of fixtures/models, which give the brightness of a picture, or
for clothes its colours. Whether mattes are right is for infra/release/check_wheel.py.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import sansfond
from PIL import Image, ImageDraw
from sansfond import NoSubjectError, new_session, remove

ROOT = Path(__file__).resolve().parents[3]
GRAPHS = ROOT / "fixtures" / "models"
ODD = ROOT / "fixtures" / "odd"
WIDTH, HEIGHT = 96, 64


def scene(mode: str = "RGB") -> Image.Image:
    """A bright box at the left of a dark picture."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    ImageDraw.Draw(image).rectangle((8, 8, 39, 55), fill="white")
    return image.convert(mode)


def file_of(image: Image.Image, format_name: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.session = new_session("isnet-general-use", model_path=GRAPHS / "isnet.onnx", providers=["cpu"])

    def cut(self, data: Any, **options: Any) -> Any:
        return remove(data, session=self.session, **options)

    def assert_subject_at_the_left(self, image: Image.Image) -> None:
        alpha = image.getchannel("A") if image.mode == "RGBA" else image
        self.assertEqual(image.size, (WIDTH, HEIGHT))
        self.assertGreater(alpha.getpixel((24, 32)), 250)
        self.assertLess(alpha.getpixel((72, 32)), 5)

    def test_the_result_has_the_type_of_the_input(self) -> None:
        data, image, array = file_of(scene()), scene(), np.array(scene())
        self.assertEqual(opened(self.cut(data)).mode, "RGBA")
        self.assertEqual(opened(self.cut(data)).format, "PNG")
        self.assertEqual(self.cut(image).mode, "RGBA")
        self.assertEqual((self.cut(array).shape, self.cut(array).dtype), ((HEIGHT, WIDTH, 4), np.uint8))
        self.assertEqual(opened(self.cut(data, only_mask=True)).mode, "L")
        self.assertEqual(self.cut(image, only_mask=True).mode, "L")
        self.assertEqual(self.cut(array, only_mask=True).shape, (HEIGHT, WIDTH))
        self.assertTrue(np.array_equal(np.array(self.cut(image)), self.cut(array)))
        self.assertTrue(np.array_equal(np.array(opened(self.cut(data))), self.cut(array)))
        for given in (data, image, array, bytearray(data), memoryview(data)):
            self.assert_subject_at_the_left(opened(self.cut(given, force_return_bytes=True)))

    def test_every_mode_of_pillow_is_read(self) -> None:
        for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "YCbCr", "HSV", "LAB", "I", "F"):
            with self.subTest(mode=mode):
                cutout = self.cut(scene(mode))
                self.assertEqual(cutout.mode, "RGBA")
                self.assert_subject_at_the_left(cutout)

    def test_every_kind_of_pixel_array_is_read(self) -> None:
        array = np.array(scene())
        turned, four, bits = array[::-1, :, ::-1], np.dstack([array, array[..., :1]]), array[..., 0] > 9
        for given in (array, array[..., 0], turned, four, bits):
            with self.subTest(shape=given.shape, type=given.dtype):
                self.assertEqual(self.cut(given).shape, (HEIGHT, WIDTH, 4))
        for given in (array.astype(np.float64), np.zeros((3, 3, 3, 3), np.uint8), np.array(["a"])):
            with self.subTest(shape=given.shape, type=given.dtype), self.assertRaisesRegex(ValueError, "is not a picture"):
                self.cut(given)
        with self.assertRaisesRegex(ValueError, "no pixels"):
            self.cut(np.zeros((0, 5, 3), np.uint8))

    def test_pictures_are_rotated_by_their_exif_orientation(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        lying = scene().transpose(Image.Transpose.ROTATE_90)
        data = file_of(lying, "JPEG", exif=exif, quality=95)
        self.assert_subject_at_the_left(opened(self.cut(data)))
        self.assert_subject_at_the_left(self.cut(opened(data)))

    def test_transparency_of_the_picture_is_kept(self) -> None:
        half = scene("RGBA")
        half.putalpha(128)
        for cutout in (self.cut(half), opened(self.cut(file_of(half)))):
            self.assertAlmostEqual(cutout.getpixel((24, 32))[3], 128, delta=1)

    def test_formats_that_only_pillow_reads_are_read(self) -> None:
        for format_name in ("PPM", "TGA", "ICO"):
            with self.subTest(format=format_name):
                self.assertEqual(opened(self.cut(file_of(scene(), format_name))).mode, "RGBA")

    def test_a_background_color_is_applied(self) -> None:
        cutout = opened(self.cut(file_of(scene()), bgcolor=(0, 0, 255, 255)))
        self.assertEqual((cutout.mode, cutout.getpixel((72, 32))), ("RGBA", (0, 0, 255, 255)))
        self.assertEqual(self.cut(scene(), bgcolor=[0, 0, 255]).getpixel((72, 32)), (0, 0, 255, 255))
        self.assertEqual(self.cut(scene(), bgcolor=(0, 0, 255, 9), only_mask=True).mode, "L")
        for wrong in ((1, 2), (0, 0, 256, 0), "red", (0.5, 0, 0, 0)):
            with self.subTest(bgcolor=wrong), self.assertRaisesRegex(ValueError, "bgcolor is"):
                self.cut(scene(), bgcolor=wrong)

    def test_post_processing_makes_a_hard_matte(self) -> None:
        image = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
        soft = np.unique(self.cut(image, only_mask=True))
        hard = np.unique(self.cut(image, only_mask=True, post_process_mask=True))
        self.assertGreater(len(soft), 20)
        self.assertEqual(hard.tolist(), [0, 255])

    def test_putalpha_keeps_the_colors(self) -> None:
        image = scene()
        image.putpixel((72, 32), (9, 8, 7))
        self.assertEqual(self.cut(image, putalpha=True).getpixel((72, 32))[:3], (9, 8, 7))
        self.assertEqual(self.cut(image).getpixel((72, 32)), (0, 0, 0, 0))
        self.assertEqual(image.mode, "RGB")

    def test_the_recipe_can_be_chosen(self) -> None:
        # rembg divides by the brightest value, so a dim picture gives the same matte as a bright one.
        image = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point(lambda value: value * 3 // 4)
        ours, theirs = self.cut(image, only_mask=True), self.cut(image, only_mask=True, recipe="rembg")
        self.assertNotEqual(ours.tobytes(), theirs.tobytes())
        with self.assertRaisesRegex(ValueError, "is not a recipe"):
            self.cut(image, recipe="photoshop")

    def test_bytes_that_are_not_a_picture_are_rejected_with_a_message(self) -> None:
        for data, words in (
            (b"", "empty"),
            (b"hello, I am a text", "not a picture"),
            (b"%PDF-1.7", "PDF is not supported"),
            (file_of(scene(), "JPEG")[:400], "cut off"),
            ((ODD / "bomb.png").read_bytes(), "megapixels"),
        ):
            with self.subTest(data=data[:10]), self.assertRaisesRegex(ValueError, words):
                self.cut(data)
        for data in ("photo.jpg", None, Path("photo.jpg"), [1, 2]):
            with self.subTest(data=data), self.assertRaisesRegex(ValueError, "a picture must be bytes, a PIL image"):
                self.cut(data)
        with self.assertRaisesRegex(ValueError, "session must be a result of"):
            remove(scene(), session="u2net")

    def test_a_picture_without_a_subject_raises_its_own_error(self) -> None:
        dark = Image.new("RGB", (WIDTH, HEIGHT))
        with self.assertRaisesRegex(NoSubjectError, "no subject found"):
            self.cut(dark)
        self.assertTrue(issubclass(NoSubjectError, ValueError))

    def test_unknown_options_give_a_warning(self) -> None:
        with self.assertWarnsRegex(UserWarning, "does not know the option sise"):
            self.cut(scene(), sise=3)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            remove(scene(), True, 240, 10, 10, self.session, decontaminate=True)
        with self.assertRaisesRegex(ValueError, "no ViTMatte"):
            self.cut(scene(), vitmatte=True)

    def test_a_session_has_its_model_and_provider(self) -> None:
        self.assertEqual((self.session.model_name, self.session.provider), ("isnet-general-use", "cpu"))
        (matte,) = self.session.predict(scene())
        self.assertEqual(matte.mode, "L")
        self.assert_subject_at_the_left(matte)

    def test_clothes_are_stacked_vertically(self) -> None:
        session = new_session("u2net_cloth_seg", model_path=GRAPHS / "cloth.onnx")
        # Green is the lower clothing; there is no other.
        image = scene()
        image.paste((20, 220, 20), (8, 8, 40, 56))
        for which in ("lower", "attire"):
            self.assert_subject_at_the_left(remove(image, session=session, cc=which))
        with self.assertRaises(NoSubjectError):
            remove(image, session=session, cc="upper")
        stack = remove(image, session=session)
        self.assertEqual(stack.size, (WIDTH, 3 * HEIGHT))
        self.assertEqual([stack.getpixel((24, 32 + row * HEIGHT))[3] > 250 for row in range(3)], [False, True, False])
        self.assertEqual(remove(image, session=session, only_mask=True).mode, "RGBA")
        with self.assertRaises(NoSubjectError):
            remove(Image.new("RGB", (WIDTH, HEIGHT)), session=session)
        self.assertEqual(remove(np.array(image), session=session).shape, (3 * HEIGHT, WIDTH, 4))
        self.assertEqual(opened(remove(file_of(image), session=session)).size, (WIDTH, 3 * HEIGHT))

    def test_missing_models_and_providers_are_rejected_with_a_message(self) -> None:
        for name, words in (
            ("isnet_general", "Did you mean isnet-general-use"),
            ("withoutbg", "is a remote service"),
            ("u2net_custom", "model_path"),
        ):
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, words):
                new_session(name)
        graph = GRAPHS / "isnet.onnx"
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.onnx does not exist"):
            new_session("u2net", model_path="/nowhere.onnx")
        with self.assertRaisesRegex(ValueError, "not an ONNX model"):
            new_session("u2net", model_path=__file__)
        with self.assertRaisesRegex(ValueError, "execution provider"):
            new_session("u2net", model_path=graph, providers=["ROCMExecutionProvider"])
        with self.assertRaisesRegex(FileNotFoundError, "cuda"):
            new_session("u2net", model_path=graph, providers=["CUDAExecutionProvider"])
        # rembg's form of “the GPU, else the CPU”.
        chosen = new_session("u2net", model_path=graph, providers=["CUDAExecutionProvider", "CPUExecutionProvider"])
        self.assertEqual(chosen.provider, "cpu")
        with self.assertRaisesRegex(ValueError, "sam_vit_h_4b8939"):
            new_session("sam", sam_model="sam_vit_h_4b8939")

    def test_other_threads_run_while_a_picture_is_cut_out(self) -> None:
        large = scene().resize((3000, 2000))
        started, done, ticks = threading.Event(), threading.Event(), []

        def tick() -> None:
            started.set()
            while not done.wait(0.001):
                ticks.append(time.perf_counter())

        thread = threading.Thread(target=tick)
        thread.start()
        started.wait()
        picture = sansfond._of_image(large)
        before = len(ticks)
        sansfond._cut_out(self.session, picture, {})
        during = len(ticks) - before
        done.set()
        thread.join()
        # A call that held the interpreter would let no other thread run, except once at its start and once at its end.
        self.assertGreater(during, 5)

    def test_several_threads_share_a_session(self) -> None:
        expected = self.cut(scene()).tobytes()
        results: list[bytes] = []
        work = [threading.Thread(target=lambda: results.append(self.cut(scene()).tobytes())) for _ in range(8)]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        self.assertEqual(results, [expected] * 8)


class Weights(unittest.TestCase):
    """Each test runs a new process, because paths come from the environment."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=GRAPHS))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.environment = os.environ | {
            "SANSFOND_HOME": str(self.home),
            "SANSFOND_MIRROR": f"http://127.0.0.1:{server.server_port}",
            # Requests to other hosts than loopback go to a closed port, so no other machine is contacted.
            "ALL_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
        }

    def python(self, program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program], env=self.environment, capture_output=True, text=True, timeout=120
        )

    def test_missing_weights_are_downloaded_once_with_a_message(self) -> None:
        program = "import sansfond; sansfond.new_session('modnet'); print(sansfond.new_session('modnet').model_name)"
        ran = self.python(program)
        self.assertEqual((ran.returncode, ran.stdout), (0, "modnet\n"), ran.stderr)
        self.assertEqual(ran.stderr.count(f"downloading the weights of modnet, once, to {self.home}"), 1, ran.stderr)
        self.assertTrue((self.home / "models" / "modnet" / "modnet.onnx.sha256").is_file())
        again = self.python(program)
        self.assertEqual((again.stdout, again.stderr), ("modnet\n", ""))

    def test_a_wrong_file_is_not_accepted_as_weights(self) -> None:
        # The mirror has a u2net.onnx: the tiny graph.
        ran = self.python("import sansfond; sansfond.new_session('u2net')")
        self.assertIn("FileNotFoundError: u2net.onnx could not be downloaded from any source", ran.stderr)
        self.assertIn("not the right file", ran.stderr)
        self.assertFalse((self.home / "models" / "u2net" / "u2net.onnx").exists())

    def test_a_library_from_the_environment_is_used(self) -> None:
        self.environment["ORT_DYLIB_PATH"] = "/nowhere/libonnxruntime.so"
        ran = self.python(f"import sansfond; sansfond.new_session('u2net', model_path={str(GRAPHS / 'isnet.onnx')!r})")
        self.assertRegex(ran.stderr, "RuntimeError: /nowhere/libonnxruntime.so cannot be loaded")

    def test_ctrl_c_ends_a_download(self) -> None:
        program = (
            "import os, sansfond, signal\n"
            # Background jobs of a shell ignore Ctrl-C, and so do their children.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "try: sansfond.new_session('modnet')\n"
            "except KeyboardInterrupt: print('interrupted', flush=True); os._exit(0)"
        )
        Quiet.held = threading.Event()
        self.addCleanup(setattr, Quiet, "held", None)
        self.addCleanup(Quiet.held.set)
        Quiet.asked.clear()
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(process.kill)
        self.assertTrue(Quiet.asked.wait(120), "the weights are not fetched")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
        self.assertEqual((process.returncode, output), (0, "interrupted\n"), errors)


class Quiet(SimpleHTTPRequestHandler):
    """A mirror that holds every response back until `held` is set."""

    asked = threading.Event()
    held: threading.Event | None = None

    def do_GET(self) -> None:
        self.asked.set()
        if self.held:
            self.held.wait(120)
        super().do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


class Command(unittest.TestCase):
    def run_command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sansfond", *words]
        return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)

    def test_the_command_is_the_program(self) -> None:
        self.assertEqual(self.run_command("--version").stdout, f"sansfond {sansfond.__version__}\n")
        self.assertIn("isnet-general-use", self.run_command("models", "list").stdout)
        self.assertEqual(self.run_command("nonsense").returncode, 2)
        missing = self.run_command("i", "nowhere.png", "out.png")
        self.assertEqual((missing.returncode, missing.stderr), (1, "sansfond: nowhere.png does not exist\n"))

    def test_the_command_cuts_out_a_picture(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            before, after = Path(folder, "in.png"), Path(folder, "out.png")
            scene().save(before)
            graph = str(GRAPHS / "isnet.onnx")
            ran = self.run_command("image", "--weights", graph, str(before), "-o", str(after))
            self.assertEqual(ran.returncode, 0, ran.stderr)
            with Image.open(after) as image:
                self.assertEqual((image.mode, image.size), ("RGBA", (WIDTH, HEIGHT)))

    def test_a_video_starts_the_other_program_or_fails_with_one_sentence(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            refused = self.run_command("video", "talk.mp4", PATH=folder)
            self.assertEqual((refused.returncode, refused.stderr.count("\n")), (1, 1))
            self.assertRegex(refused.stderr, "sansfond-video.*release archive for Linux")
            other = Path(folder, "sansfond-video")
            other.write_text('#!/bin/sh\necho "$@"\n')
            other.chmod(0o755)
            self.assertEqual(self.run_command("video", "talk.mp4", PATH=f"{folder}:/bin").stdout, "video talk.mp4\n")


if __name__ == "__main__":
    unittest.main()
