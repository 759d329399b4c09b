"""Makes the tiny ONNX graphs of `fixtures/models`: a few lines of arithmetic with the signatures of real networks.

Their output shows a test whether a picture was normalized, placed and read back as the real network requires. They are
not trained, and find no subject in a photograph.

    python models/tiny.py            writes the files
    python models/tiny.py --check    writes nothing; exits 1 and names the files that differ
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser, shape_inference

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "models"
HEADER = '<ir_version: 8, opset_import: ["" : 17]>'

# ImageNet-normalized pixels above zero are brighter than middle gray. The first map is the result; the other six exist
# because the real network has them, and a reader must not use the wrong one.
U2NET = """
u2net (float[1,3,320,320] input_1) => (
  float[1,1,320,320] d0, float[1,1,320,320] d1, float[1,1,320,320] d2, float[1,1,320,320] d3,
  float[1,1,320,320] d4, float[1,1,320,320] d5, float[1,1,320,320] d6)
<float steep = {12.0}, int64[3] channels = {1, 1, 1}>
{
  mean = ReduceMean<axes = [1], keepdims = 1>(input_1)
  logit = Mul(mean, steep)
  d0 = Sigmoid(logit)
  red, green, blue = Split<axis = 1>(input_1, channels)
  d1 = Sigmoid(red)
  d2 = Sigmoid(green)
  d3 = Sigmoid(blue)
  d4 = Sigmoid(mean)
  d5 = Neg(mean)
  d6 = Abs(mean)
}
"""

# Pixels are x / 255 - 0.5. White gives sigmoid(6), middle gray sigmoid(-6), so a gray picture has no subject.
ISNET = """
isnet (float[1,3,1024,1024] input) => (
  float[1,1,1024,1024] output, float[1,1,512,512] side_1, float[1,1,256,256] side_2)
<float steep = {24.0}, float threshold = {0.25}>
{
  mean = ReduceMean<axes = [1], keepdims = 1>(input)
  above = Sub(mean, threshold)
  logit = Mul(above, steep)
  output = Sigmoid(logit)
  side_1 = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(output)
  side_2 = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(side_1)
}
"""

# The same function in half precision with every place of a half-precision number: an initializer, a Constant, casts at
# both ends and in the middle, and the declared types of the inner values. `halve` converts its numbers.
ISNET_FP16 = """
isnet_fp16 (float[1,3,1024,1024] input) => (
  float[1,1,1024,1024] output, float[1,1,512,512] side_1, float[1,1,256,256] side_2)
<float[1,3,1,1] weight = {0.33333, 0.33333, 0.33333}, float steep = {24.0}>
{
  half = Cast<to = 10>(input)
  mean = Conv<kernel_shape = [1, 1]>(half, weight)
  threshold = Constant<value = float {0.25}>()
  above = Sub(mean, threshold)
  logit_half = Mul(above, steep)
  logit = Cast<to = 1>(logit_half)
  alpha = Sigmoid(logit)
  alpha_half = Cast<to = 10>(alpha)
  output = Cast<to = 1>(alpha_half)
  side_1 = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(output)
  side_2 = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(side_1)
}
"""

# Logits: the reader applies the sigmoid.
BIREFNET = """
birefnet (float[1,3,1024,1024] input_image) => (float[1,1,1024,1024] output_image)
<float steep = {6.0}>
{
  mean = ReduceMean<axes = [1], keepdims = 1>(input_image)
  output_image = Mul(mean, steep)
}
"""

# Pixels are (x - 127.5) / 127.5; alpha is the brightness of the pixel, exactly, at any size.
MODNET = """
modnet (float[batch,3,height,width] input) => (float[batch,1,height,width] output)
<float half = {0.5}, float zero = {0.0}, float one = {1.0}>
{
  mean = ReduceMean<axes = [1], keepdims = 1>(input)
  scaled = Mul(mean, half)
  brightness = Add(scaled, half)
  output = Clip(brightness, zero, one)
}
"""

# Undoes the ImageNet normalization, then scores each color by its lead over the mean of the other two: red is upper,
# green lower, blue full. A lead below a quarter (dark, gray, white) is background. The factor 20 gives the confidence of a
# real network.
CLOTH = """
cloth (float[1,3,768,768] input) => (float[1,4,768,768] output)
<float[1,3,1,1] std = {0.229, 0.224, 0.225}, float[1,3,1,1] mean = {0.485, 0.456, 0.406},
 float[4,3,1,1] lead = {0.0, 0.0, 0.0, 20.0, -10.0, -10.0, -10.0, 20.0, -10.0, -10.0, -10.0, 20.0},
 float[4] background = {5.0, 0.0, 0.0, 0.0}>
{
  scaled = Mul(input, std)
  rgb = Add(scaled, mean)
  output = Conv<kernel_shape = [1, 1]>(rgb, lead, background)
}
"""

# The embedding is the picture's brightness, padded to a square and averaged over blocks of 16 pixels. The division
# stands between Pad and AveragePool because ONNX Runtime 1.31 fuses the two when they touch, then refuses the result.
SAM_ENCODER = """
sam_encoder (float[684,1024,3] input_image) => (float[1,256,64,64] image_embeddings)
<float[1] white = {255.0}, int64[1] batch = {0}, int64[8] square = {0, 0, 0, 0, 0, 0, 340, 0},
 int64[4] shape = {1, 256, 64, 64}>
{
  planes = Transpose<perm = [2, 0, 1]>(input_image)
  pixels = Unsqueeze(planes, batch)
  mean = ReduceMean<axes = [1], keepdims = 1>(pixels)
  padded = Pad(mean, square)
  brightness = Div(padded, white)
  blocks = AveragePool<kernel_shape = [16, 16], strides = [16, 16]>(brightness)
  image_embeddings = Expand(blocks, shape)
}
"""

# Coordinates are pixels of the frame whose long side is 1024; the mask has the size `orig_im_size` (height, width).
# A pixel is subject within 120 of the mean of the positive points, and inside the box (labels 2 and 3), and farther
# than 60 from each negative point; absent kinds of prompts do not count. Without a positive point or a box, no pixel is
# subject. The score is the mean of the embedding; the low-resolution mask is the input mask, or zero.
SAM_DECODER = """
sam_decoder (
  float[1,256,64,64] image_embeddings, float[1,n,2] point_coords, float[1,n] point_labels,
  float[1,1,256,256] mask_input, float[1] has_mask_input, float[2] orig_im_size) => (
  float[1,1,height,width] masks, float[1,1] iou_predictions, float[1,1,256,256] low_res_masks)
<float zero = {0.0}, float one = {1.0}, float half = {0.5}, float two = {2.0}, float three = {3.0},
 float frame = {1024.0}, float radius = {120.0}, float spared = {60.0}, float steep = {0.1},
 float far = {10000.0}, float nothing = {-10.0},
 int64[1] first = {0}, int64[1] last = {1}, int64[2] leading = {0, 1}, int64[2] trailing = {1, 2},
 int64 at_0 = {0}, int64 at_1 = {1}, int64[2] one_score = {1, 1}>
{
  points_raw = Squeeze(point_coords, first)
  points = Add(points_raw, half)
  labels_row = Squeeze(point_labels, first)
  labels = Unsqueeze(labels_row, last)

  height = Gather(orig_im_size, at_0)
  width = Gather(orig_im_size, at_1)
  long_side = Max(height, width)
  scale = Div(frame, long_side)
  columns = Range(zero, width, one)
  columns_centre = Add(columns, half)
  columns_frame = Mul(columns_centre, scale)
  x = Unsqueeze(columns_frame, first)
  rows = Range(zero, height, one)
  rows_centre = Add(rows, half)
  rows_frame = Mul(rows_centre, scale)
  y = Unsqueeze(rows_frame, last)

  is_positive = Equal(labels, one)
  positive = Cast<to = 1>(is_positive)
  positive_count = ReduceSum<keepdims = 0>(positive)
  has_positive = Greater(positive_count, zero)
  positive_points = Mul(points, positive)
  positive_sum = ReduceSum<keepdims = 0>(positive_points, first)
  positive_divisor = Max(positive_count, one)
  centre = Div(positive_sum, positive_divisor)
  centre_x = Gather(centre, at_0)
  centre_y = Gather(centre, at_1)
  centre_dx = Sub(x, centre_x)
  centre_dy = Sub(y, centre_y)
  centre_dx2 = Mul(centre_dx, centre_dx)
  centre_dy2 = Mul(centre_dy, centre_dy)
  centre_d2 = Add(centre_dx2, centre_dy2)
  centre_distance = Sqrt(centre_d2)
  disk_depth = Sub(radius, centre_distance)
  disk = Where(has_positive, disk_depth, far)

  is_low = Equal(labels, two)
  low = Cast<to = 1>(is_low)
  low_count = ReduceSum<keepdims = 0>(low)
  has_box = Greater(low_count, zero)
  low_points = Mul(points, low)
  low_corner = ReduceSum<keepdims = 0>(low_points, first)
  left = Gather(low_corner, at_0)
  top = Gather(low_corner, at_1)
  is_high = Equal(labels, three)
  high = Cast<to = 1>(is_high)
  high_points = Mul(points, high)
  high_corner = ReduceSum<keepdims = 0>(high_points, first)
  right = Gather(high_corner, at_0)
  bottom = Gather(high_corner, at_1)
  from_left = Sub(x, left)
  from_right = Sub(right, x)
  from_top = Sub(y, top)
  from_bottom = Sub(bottom, y)
  edge_distance = Min(from_left, from_right, from_top, from_bottom)
  box_depth = Add(edge_distance, half)
  box = Where(has_box, box_depth, far)

  point_list = Unsqueeze(points, trailing)
  point_x = Gather<axis = 3>(point_list, at_0)
  point_y = Gather<axis = 3>(point_list, at_1)
  dx = Sub(x, point_x)
  dy = Sub(y, point_y)
  dx2 = Mul(dx, dx)
  dy2 = Mul(dy, dy)
  d2 = Add(dx2, dy2)
  distances = Sqrt(d2)
  is_negative = Equal(labels, zero)
  negative = Unsqueeze(is_negative, last)
  negative_distances = Where(negative, distances, far)
  negative_distance = ReduceMin<axes = [0], keepdims = 0>(negative_distances)
  clear = Sub(negative_distance, spared)

  asked_depth = Min(disk, box, clear)
  asked = Mul(asked_depth, steep)
  has_prompt = Or(has_positive, has_box)
  mask = Where(has_prompt, asked, nothing)
  masks = Unsqueeze(mask, leading)

  brightness = ReduceMean<keepdims = 0>(image_embeddings)
  iou_predictions = Expand(brightness, one_score)
  low_res_masks = Mul(mask_input, has_mask_input)
}
"""

# Robust Video Matting's signature. The states are a delay line at the reduced size: each is the previous one's value of
# the last frame. Alpha is the largest of the pixel's brightness and its faded brightness of the last four
# frames: a white frame among black ones gives 1, 0.8, 0.6, 0.4, 0.2, 0. The first states are single zeros, as in the real
# network; a state whose size is not the frame's is rejected. The foreground is the first output and is not used.
RVM = """
rvm (
  float[batch,3,height,width] src, float[b1,c1,h1,w1] r1i, float[b2,c2,h2,w2] r2i, float[b3,c3,h3,w3] r3i,
  float[b4,c4,h4,w4] r4i, float[1] downsample_ratio) => (
  float[batch,3,height,width] fgr, float[batch,1,height,width] pha, float[d1,e1,f1,g1] r1o, float[d2,e2,f2,g2] r2o,
  float[d3,e3,f3,g3] r3o, float[d4,e4,f4,g4] r4o)
<float[2] one = {1.0, 1.0}, float fade_1 = {0.8}, float fade_2 = {0.6}, float fade_3 = {0.4}, float fade_4 = {0.2}>
{
  fgr = Identity(src)
  brightness = ReduceMean<axes = [1], keepdims = 1>(src)
  scales = Concat<axis = 0>(one, downsample_ratio, downsample_ratio)
  r1o = Resize<mode = "nearest", coordinate_transformation_mode = "asymmetric">(brightness, , scales)
  reduced = Shape(r1o)
  r2o = Expand(r1i, reduced)
  r3o = Expand(r2i, reduced)
  r4o = Expand(r3i, reduced)
  oldest = Expand(r4i, reduced)
  left_1 = Mul(r2o, fade_1)
  left_2 = Mul(r3o, fade_2)
  left_3 = Mul(r4o, fade_3)
  left_4 = Mul(oldest, fade_4)
  left = Max(left_1, left_2, left_3, left_4)
  size = Shape(brightness)
  before = Resize<mode = "nearest", coordinate_transformation_mode = "asymmetric">(left, , , size)
  pha = Max(brightness, before)
}
"""

# MODNet's signature and result, but only for one picture, although the signature promises batches: the first dimension
# of the output is always 1.
SINGLE = """
single (float[batch,3,height,width] input) => (float[batch,1,height,width] output)
<float half = {0.5}, int64[1] first = {0}, int64[1] second = {1}, int64[1] last = {4}>
{
  mean = ReduceMean<axes = [1], keepdims = 1>(input)
  scaled = Mul(mean, half)
  brightness = Add(scaled, half)
  shape = Shape(brightness)
  batch_size = Slice(shape, first, second)
  always_one = Div(batch_size, batch_size)
  rest = Slice(shape, second, last)
  single_shape = Concat<axis = 0>(always_one, rest)
  output = Reshape(brightness, single_shape)
}
"""


def keep(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns the graph unchanged."""
    return model


def dotted_input(model: onnx.ModelProto) -> onnx.ModelProto:
    """Gives the input its exported name, `input.1`, which the text format does not support."""
    for node in model.graph.node:
        for slot, name in enumerate(node.input):
            if name == "input_1":
                node.input[slot] = "input.1"
    model.graph.input[0].name = "input.1"
    return model


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Stores every number in half precision and, as exporters do, declares the types of the inner values."""
    for tensor in tensors(model):
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    return shape_inference.infer_shapes(model, strict_mode=True)


GRAPHS: dict[str, tuple[str, Callable[[onnx.ModelProto], onnx.ModelProto]]] = {
    "u2net.onnx": (U2NET, dotted_input),
    "isnet.onnx": (ISNET, keep),
    "isnet_fp16.onnx": (ISNET_FP16, halve),
    "birefnet.onnx": (BIREFNET, keep),
    "modnet.onnx": (MODNET, keep),
    "single.onnx": (SINGLE, keep),
    "rvm.onnx": (RVM, keep),
    "cloth.onnx": (CLOTH, keep),
    "sam_encoder.onnx": (SAM_ENCODER, keep),
    "sam_decoder.onnx": (SAM_DECODER, keep),
}


def tensors(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Every tensor of the graph: its initializers and its Constant nodes."""
    constants = [field.t for node in model.graph.node for field in node.attribute if field.HasField("t")]
    return [*model.graph.initializer, *constants]


def store_raw(model: onnx.ModelProto) -> None:
    """Turns every tensor into `raw_data`, the form in which exporters store weights."""
    for tensor in tensors(model):
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))


def build(name: str) -> bytes:
    """One graph of `GRAPHS` as the bytes of its file; raises if ONNX does not accept it."""
    text, finish = GRAPHS[name]
    model = parser.parse_model(HEADER + text)
    store_raw(model)
    model = finish(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    arguments.add_argument("--folder", type=Path, default=FIXTURES, help="folder of the files")
    options = arguments.parse_args()

    built = {options.folder / name: build(name) for name in GRAPHS}
    if options.check:
        stale = [path.name for path, data in built.items() if not path.is_file() or path.read_bytes() != data]
        if stale:
            print(f"stale in {options.folder}: {', '.join(stale)}; run `python models/tiny.py`", file=sys.stderr)
        return 1 if stale else 0

    options.folder.mkdir(parents=True, exist_ok=True)
    for path, data in built.items():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
