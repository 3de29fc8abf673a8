"""The rules of the house: who may import whom, what the page's process holds, what is pinned and documented."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import folder, recipes
from storage.settings import PROJECT

ROOMS = ("app", "door", "storage", "jobs", "studio", "mini", "benchmarks", "docs", "tests")
HEAVY = {"torch", "torchvision", "diffusers", "transformers", "peft", "accelerate", "facenet_pytorch", "torchreid"}
LIGHT_JOBS = ("jobs.task", "jobs.folder", "jobs.tasks", "jobs.recipes", "jobs.planning")
PURE = ("training", "planning", "families", "losses", "captioners", "faces", "judges", "exports", "blending")
"""Parts of jobs that take values and yield values: no store, no context, no settings."""

VALUES = (
    "storage.files.beside",
    "storage.files.sha256",
    "storage.bases.header",
    "storage.bases.recognise",
    "storage.bases.vae_folder",
    "storage.bases.cached",
)
"""Functions of storage that know no store: a path goes in, a value comes out."""


def sources(*places):
    """Every Python file of these rooms."""
    for place in places:
        path = PROJECT / place
        yield from [path] if path.suffix else sorted(path.rglob("*.py"))


def imports(path, at_run_time=False):
    """(line, full name) of everything a file imports; with `at_run_time` not what only a type checker sees."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unseen = set()
    if at_run_time:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                unseen |= {id(child) for statement in node.body for child in ast.walk(statement)}
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def offences(places, forbidden, at_run_time=False):
    """`file:line imports name` for each import that `forbidden` is true of."""
    return [
        f"{path.relative_to(PROJECT)}:{line} imports {name}"
        for path in sources(*places)
        for line, name in imports(path, at_run_time)
        if forbidden(name)
    ]


def top(name):
    return name.partition(".")[0]


def test_storage_knows_neither_room_nor_torch_nor_gradio():
    assert offences(["storage"], lambda name: top(name) in HEAVY | {"gradio", "jobs", "studio", "door", "mini"}) == []


def test_jobs_know_neither_studio_nor_gradio_nor_door():
    assert offences(["jobs"], lambda name: top(name) in {"gradio", "studio", "door", "mini", "app"}) == []


def test_the_engines_of_jobs_take_values_and_yield_values():
    def forbidden(name):
        return name.startswith("storage.") and not name.startswith(("storage.errors", "storage.formats", *VALUES))

    places = [f"jobs/{part}" for part in PURE if (PROJECT / "jobs" / part).is_dir()]
    assert len(places) >= 4
    assert offences(places, lambda n: forbidden(n) or n.startswith("jobs.context."), at_run_time=True) == []


def test_the_studio_knows_of_jobs_only_what_is_light():
    def forbidden(name):
        heavy = name.startswith("jobs.") and not name.startswith(LIGHT_JOBS)
        return heavy or top(name) in HEAVY | {"door", "mini", "app"}

    assert offences(["studio"], forbidden) == []


def test_the_door_starts_workers_and_imports_none():
    assert offences(["app.py", "door"], lambda n: top(n) in HEAVY or n.startswith(("jobs.worker", "jobs.shelf"))) == []


def test_tasks_import_their_engines_inside_run_alone():
    for path in sources("jobs/tasks"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        outside = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = [getattr(node, "module", None) or node.names[0].name for node in outside]
        light = ("__future__", "typing", "pydantic", "jobs.task", "collections")
        assert [name for name in names if not name.startswith(light)] == [], path


def test_nothing_opens_a_pickle():
    places = ("app.py", "door", "storage", "jobs", "studio")
    assert (
        offences(places, lambda name: top(name) in {"pickle", "joblib", "shelve", "dill"} or name == "torch.load") == []
    )
    calls = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path in sources(*places)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and re.search(r"torch\.load\b|allow_pickle=True", ast.unparse(node))
    ]
    assert calls == []


PAGE = """
import json, resource, sys
from pathlib import Path
from storage.database import Store
from storage.settings import Settings
from studio.page import app
settings = Settings().at(Path(sys.argv[1]))
store = Store.open(settings)
app(store, settings)
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
resident = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0)
print(json.dumps({"modules": sorted(sys.modules), "megabytes": resident}))
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What a fresh process holds that built the whole page."""
    home = tmp_path_factory.mktemp("page")
    done = subprocess.run(
        [sys.executable, "-c", PAGE, str(home)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_the_page_holds_no_torch(page):
    assert "gradio" in page["modules"] and "studio.page" in page["modules"]
    assert HEAVY & {top(name) for name in page["modules"]} == set()


def test_the_page_is_small(page):
    assert page["megabytes"] < 300


def test_the_command_line_holds_no_torch():
    """Asked for their help one after the other in one process, no command brings in a model's packages."""
    words = "import json, sys; from door.main import main\nfor command in sys.argv[1:]:\n try:\n  main([command, '--help'])\n"
    words += " except SystemExit: pass\n print(json.dumps([command, sorted(sys.modules)]))"
    done = subprocess.run(
        [sys.executable, "-c", words, *commands()], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('["')]
    assert [command for command, _ in told] == commands()
    for command, modules in told:
        held = {top(name) for name in modules}
        assert "door" in held and not held & (HEAVY | {"gradio"}), command


def commands():
    """Every command of app.py."""
    return [name.replace("_", "-") for name in (*folder.names("door.commands"), *folder.names("jobs.tasks"))]


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_every_command_and_target_is_in_the_readme(readme):
    text = (PROJECT / readme).read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*##", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)
    missing = [f"app.py {name}" for name in commands() if not re.search(rf"app\.py {name}\b|`{name}`", text)]
    missing += [f"make {name}" for name in targets if f"make {name}" not in text]
    assert missing == []


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md", "CHANGELOG.md"])
def test_what_a_readme_points_to_is_there(readme):
    text = (PROJECT / readme).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text) + re.findall(r'(?:src|href)="(?!https?:)([^"]+)"', text)
    assert [link for link in links if not (PROJECT / link).exists()] == []


def test_every_recipe_can_be_read():
    for file in recipes.SHIPPED.glob("*.toml"):
        recipe = recipes.read(file)
        folder.task(recipe.task).model_validate({"name": "x", "dataset": "y", **recipe.values("mini", "sd15")})


def requirements():
    """Distribution → version, of both files."""
    text = "\n".join((PROJECT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "-r"))]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), "every version is exact"
    return {plain(line.partition("==")[0]): line.partition("==")[2] for line in lines}


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_imported_is_pinned():
    pinned, whose = requirements(), importlib.metadata.packages_distributions()
    missing = set()
    for path in sources(*(room if room != "app" else "app.py" for room in ROOMS if room != "docs")):
        for _, name in imports(path):
            root = top(name)
            if root in sys.stdlib_module_names or root in ROOMS:
                continue
            owners = {plain(owner) for owner in whose.get(root, [root])}
            if not owners & pinned.keys():
                missing.add(f"{root} (in {path.relative_to(PROJECT)})")
    assert missing == set()


def test_what_is_installed_is_what_is_pinned():
    wrong = {
        name: (version, importlib.metadata.version(name))
        for name, version in requirements().items()
        if importlib.metadata.version(name).partition("+")[0] != version
    }
    assert wrong == {}


def test_no_path_of_a_developer_s_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    suspicious = re.compile(r"/(?:work|home|root|Users)/[a-z]")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = PROJECT / name
        if path == Path(__file__) or path.suffix in (".safetensors", ".png", ".jpg", ".webp") or not path.is_file():
            continue
        found += [name] if suspicious.search(path.read_text(encoding="utf-8", errors="ignore")) else []
    assert found == []
