"""The text in a picture's file: written as AUTOMATIC1111 does, and read from it."""

import io
import json

import pytest
from PIL import Image as Pictures
from PIL import PngImagePlugin

from storage.parameters import Parameters, encoded, of_picture, read, write
from storage.tags import Term

FOREIGN = """masterpiece, (a fox:1.2), <lora:water_color-v1:0.8> in the
snow <lora:fox.v2:-1:lbw=MIDD>
Negative prompt: blurry,
bad: hands
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 123, Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned, \
ControlNet 0: "preprocessor: canny, model: x", Lora hashes: "water_color-v1: abc, fox.v2: def", Version: v1.9.4"""


def test_text_of_automatic1111_is_read():
    told = read(FOREIGN)
    assert told.prompt == "masterpiece, (a fox:1.2), in the\nsnow"
    assert told.negative == "blurry,\nbad: hands"
    assert told.blend == [Term("water_color-v1", 0.8), Term("fox.v2", -1.0)]
    assert told.size == (512, 768)
    assert told.facts["Sampler"] == "DPM++ 2M Karras"
    assert told.facts["ControlNet 0"] == "preprocessor: canny, model: x"
    assert told.facts["Lora hashes"] == "water_color-v1: abc, fox.v2: def"


FACTS = {"Steps": "20", "Sampler": "Euler a", "Seed": "1"}


@pytest.mark.parametrize(
    "prompt",
    ["", "a fox", "Steps: 3, and more", "한국어 프롬프트, 쉼표", 'quotes "and" \\ marks', "a\n\nb", "a: b, c: d, e"],
)
@pytest.mark.parametrize("negative", ["", "blue", "two\nlines"])
@pytest.mark.parametrize("blend", [[], [Term("fox", 0.8), Term("물감", -1.25, 0.5)]])
def test_what_is_written_is_read(prompt, negative, blend):
    assert read(write(prompt, negative, blend, FACTS)) == Parameters(prompt, negative, FACTS, blend)


@pytest.mark.parametrize("value", ["a, b", "a: b", 'say "so"', "line\nbreak", "C:\\path, x", ""])
def test_values_are_quoted_where_they_must(value):
    text = write("fox", "", [], {**FACTS, "Model": value, "Version": "1"})
    assert text.count("\n") == 1, "the facts stay on one line"
    assert read(text).facts == {**FACTS, "Model": value, "Version": "1"}


def test_a_prompt_alone_is_a_prompt():
    assert read("a fox, red: very").prompt == "a fox, red: very"
    assert read("").prompt == ""


def test_a_picture_that_says_nothing():
    assert of_picture(Pictures.new("RGB", (4, 4))) is None


TOLD = Parameters("two\nlines, of: text", "no", {"Steps": "3", "Model": 'a, "b"', "Seed": "1"}, [Term("물감", 0.5)])


@pytest.mark.parametrize(("kind", "quality"), [("png", 95), ("webp", 80), ("webp", 100), ("jpeg", 90)])
def test_settings_survive_a_picture_file(kind, quality):
    text = write(TOLD.prompt, TOLD.negative, TOLD.blend, TOLD.facts)
    whole = Pictures.effect_noise((32, 32), 60).convert("RGB")
    saved = encoded(whole, text, kind, quality)
    assert saved == encoded(whole, text, kind, quality)
    found = Pictures.open(io.BytesIO(saved))
    assert of_picture(found) == TOLD
    if quality == 100 or kind == "png":
        assert found.convert("RGB").tobytes() == whole.tobytes()


@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + FOREIGN.encode("utf-16-be"),
        b"UNICODE\0" + FOREIGN.encode("utf-16-le"),
        b"ASCII\0\0\0" + FOREIGN.encode(),
        FOREIGN.encode(),
    ],
)
def test_comments_are_read_however_they_are_spelled(comment):
    exif = Pictures.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    buffer = io.BytesIO()
    Pictures.new("RGB", (8, 8)).save(buffer, "JPEG", exif=exif)
    assert of_picture(Pictures.open(buffer)) == read(FOREIGN)


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


COMFY = {
    "3": node("KSampler", seed=5, steps=20, cfg=7.5, sampler_name="dpmpp_2m", scheduler="karras", denoise=1.0,
              model=["11", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0]),
    "4": node("CheckpointLoaderSimple", ckpt_name="sd\\dream.safetensors"),
    "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
    "6": node("CLIPTextEncode", text=["20", 0], clip=["11", 1]),
    "7": node("CLIPTextEncode", text="blurry", clip=["11", 1]),
    "8": node("VAEDecode", samples=["13", 0], vae=["4", 2]),
    "9": node("SaveImage", images=["8", 0]),
    "11": node("LoraLoader", lora_name="fox.safetensors", strength_model=0.8, strength_clip=0.5, model=["4", 0], clip=["4", 1]),
    "13": node("KSampler", seed=9, steps=4, cfg=2, sampler_name="euler", scheduler="normal", denoise=0.5,
               model=["11", 0], positive=["6", 0], negative=["7", 0], latent_image=["3", 0]),
    "20": node("PrimitiveStringMultiline", value="a (fox:1.2)"),
}  # fmt: skip


def of_comfy(graph):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("prompt", graph if isinstance(graph, str) else json.dumps(graph))
    buffer = io.BytesIO()
    Pictures.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=chunks)
    return of_picture(Pictures.open(buffer))


def test_a_graph_of_comfyui_is_read_as_far_as_it_goes():
    told = of_comfy(COMFY)
    assert (told.prompt, told.negative, told.size) == ("a (fox:1.2)", "blurry", (512, 768))
    assert told.blend == [Term("fox", 0.8, 0.5)]
    assert told.facts == {
        "Steps": "20", "CFG scale": "7.5", "Seed": "5", "Sampler": "DPM++ 2M Karras", "Size": "512x768", "Model": "dream"
    }  # fmt: skip


def test_a_graph_in_parts_is_read_too():
    told = of_comfy({
        "1": node("SamplerCustomAdvanced", noise=["2", 0], guider=["3", 0], sampler=["4", 0], sigmas=["5", 0], latent_image=["6", 0]),
        "2": node("RandomNoise", noise_seed=77),
        "3": node("CFGGuider", cfg=3, model=["9", 0], positive=["7", 0], negative=["8", 0]),
        "4": node("KSamplerSelect", sampler_name="euler_ancestral"),
        "5": node("BasicScheduler", steps=12, scheduler="simple", denoise=0.6, model=["9", 0]),
        "6": node("LoadImage", image="x.png"),
        "7": node("CLIPTextEncode", text="a fox"),
        "8": node("CLIPTextEncode", text=""),
        "9": node("UNETLoader", unet_name="dream.safetensors"),
    })  # fmt: skip
    assert (told.prompt, told.negative) == ("a fox", "")
    assert told.facts == {
        "Steps": "12", "CFG scale": "3", "Seed": "77", "Sampler": "Euler a", "Denoising strength": "0.6", "Model": "dream"
    }  # fmt: skip


@pytest.mark.parametrize("graph", ["", "{", "[]", "{}", '{"1": 3}', '{"1": {"inputs": {"text": "a"}}}'])
def test_what_is_no_graph_says_nothing(graph):
    assert of_comfy(graph) is None
