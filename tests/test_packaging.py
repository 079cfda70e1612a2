"""What hassfest and HACS would refuse, found without a network.

It is about manifest, texts, icons, pictures and hacs.json.
"""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import string
import subprocess
import tomllib
from typing import Any
from zipfile import ZipFile

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from PIL import Image
import pytest
import yaml

import homeassistant
from homeassistant.const import __version__
from scripts.installation import locked_versions
from scripts.pack import PackFailed, look_into, pack, unpack

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "beeper"
BRAND = INTEGRATION / "brand"

REQUIRED_KEYS = {
    "codeowners",
    "config_flow",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "version",
}
OPTIONAL_KEYS = {
    "after_dependencies",
    "dependencies",
    "import_executor",
    "loggers",
    "quality_scale",
    "requirements",
    "single_config_entry",
    "zeroconf",
}
HACS_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}

REFERENCE = re.compile(r"\[%key:(?P<path>[^%]+)%\]")
HTML = re.compile(r"<[a-z/!][^>]*>", re.IGNORECASE)
URL = re.compile(r"\w+://|\bwww\.", re.IGNORECASE)


@pytest.fixture(autouse=True)
def real_http() -> None:
    """Need no Home Assistant."""


def load(name: str) -> dict[str, Any]:
    """Return a JSON or YAML file of the integration, `{}` where there is none."""
    file = INTEGRATION / name
    if not file.exists():
        return {}
    content: dict[str, Any] = yaml.safe_load(file.read_text())
    return content


def texts(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a tree with its path."""
    for key, value in tree.items():
        place = f"{path}::{key}" if path else key
        if isinstance(value, dict):
            yield from texts(value, place)
        else:
            yield place, value


def placeholders(text: str) -> set[str]:
    """Return the names of a text's placeholders."""
    return {
        name for _, name, _, _ in string.Formatter().parse(text) if name is not None
    }


MANIFEST = load("manifest.json")
STRINGS = load("strings.json")
ICONS = load("icons.json")
HACS = json.loads((ROOT / "hacs.json").read_text())
TRANSLATIONS = sorted(
    file.stem for file in (INTEGRATION / "translations").glob("*.json")
)


# Manifest


def test_manifest_keys() -> None:
    """The manifest has what a custom integration needs, and nothing unknown."""
    assert MANIFEST.keys() >= REQUIRED_KEYS
    assert MANIFEST.keys() <= REQUIRED_KEYS | OPTIONAL_KEYS


def test_manifest_order() -> None:
    """Domain and name come first, then all else by the alphabet."""
    rest = sorted(MANIFEST.keys() - {"domain", "name"})
    assert list(MANIFEST) == ["domain", "name", *rest]


def test_manifest_values() -> None:
    """The manifest's values are of the kinds that hassfest and HACS accept."""
    assert MANIFEST["domain"] == INTEGRATION.name
    assert MANIFEST["config_flow"] is (INTEGRATION / "config_flow.py").exists()
    assert MANIFEST["integration_type"] in ("hub", "service")
    assert MANIFEST["iot_class"] == "local_polling"
    assert MANIFEST["documentation"].startswith("https://")
    assert MANIFEST["issue_tracker"].startswith("https://")
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])


def test_version() -> None:
    """It is the one that is worked on, which is none of a release, in both places.

    Home Assistant and hassfest accept it.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert MANIFEST["version"] == project["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+\.dev0", MANIFEST["version"])
    assert AwesomeVersion(MANIFEST["version"]).strategy is AwesomeVersionStrategy.PEP440


# Texts


def resolve(text: str) -> str:
    """Return the text that a reference stands for.

    It is one of ours, or one that all of Home Assistant shares.
    """
    if (reference := REFERENCE.fullmatch(text)) is None:
        return text
    first, *path = reference["path"].split("::")
    if first == "component":
        assert path.pop(0) == "beeper", f"{text} is a text of another integration"
        tree: Any = STRINGS
    else:
        shared = Path(homeassistant.__file__).with_name("strings.json")
        tree = json.loads(shared.read_text())[first]
    for key in path:
        tree = tree[key]
    assert isinstance(tree, str)
    assert not REFERENCE.search(tree), f"{text} leads to another reference"
    return tree


def test_english_is_complete() -> None:
    """English says exactly what strings.json says, with its references resolved."""
    resolved = {path: resolve(text) for path, text in texts(STRINGS)}
    assert dict(texts(load("translations/en.json"))) == resolved


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_translation_fits(language: str) -> None:
    """A translation has no text that English lacks, and the same placeholders."""
    english = dict(texts(load("translations/en.json")))

    for path, text in texts(load(f"translations/{language}.json")):
        assert placeholders(text) == placeholders(english[path]), path


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_texts_are_plain(language: str) -> None:
    """No text has markup, an address, a quoted placeholder or space around it.

    All of that is hassfest's.
    """
    for path, text in texts(load(f"translations/{language}.json")):
        assert not HTML.search(text), path
        assert not URL.search(text), path
        assert not re.search(r"'{\w+}'", text), path
        assert text == text.strip(), path
        assert all(name.isidentifier() for name in placeholders(text)), path


@pytest.mark.parametrize("dialogs", ["config", "options"])
def test_descriptions_have_fields(dialogs: str) -> None:
    """Each field's description is that of a field of the same step."""
    for name, step in STRINGS.get(dialogs, {}).get("step", {}).items():
        assert step.get("data_description", {}).keys() <= step.get("data", {}).keys(), (
            name
        )


# Icons and actions


def test_entity_icons() -> None:
    """Each icon is one for an entity, and a state, that has a translation."""
    for platform, entities in ICONS["entity"].items():
        for key, icons in entities.items():
            translated = STRINGS["entity"][platform][key]
            if states := translated.get("state"):
                assert icons.get("state", {}).keys() <= states.keys(), key


def test_icons_are_material_design_icons() -> None:
    """Each icon comes from the set that is part of Home Assistant."""
    for path, icon in texts(ICONS):
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon), path


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_described_elements_have_texts_and_icons(kind: str) -> None:
    """What a YAML file describes has a name, an icon, and texts for just its fields."""
    described = {
        key: value or {}
        for key, value in load(f"{kind}.yaml").items()
        if not key.startswith(".")
    }
    named = STRINGS.get(kind, {})

    assert named.keys() == described.keys()
    assert ICONS.get(kind, {}).keys() == described.keys()
    for key, description in described.items():
        assert (
            named[key].get("fields", {}).keys() == description.get("fields", {}).keys()
        ), key


# Quality scale


def test_quality_scale() -> None:
    """Whatever is not done has its reason, and what is told of owners is so."""
    rules = load("quality_scale.yaml")["rules"]
    for rule, told in rules.items():
        if told != "done":
            assert told["status"] in ("done", "exempt", "todo"), rule
            assert told["comment"].strip(), rule
    assert (rules["integration-owner"] == "done") is bool(MANIFEST["codeowners"])


# Pictures


@pytest.mark.parametrize("prefix", ["", "dark_"])
@pytest.mark.parametrize(("suffix", "size"), [("", 256), ("@2x", 512)])
def test_icon(prefix: str, suffix: str, size: int) -> None:
    """An icon is a square of the size that Home Assistant shows."""
    with Image.open(BRAND / f"{prefix}icon{suffix}.png") as icon:
        assert icon.size == (size, size)


@pytest.mark.parametrize("prefix", ["", "dark_"])
@pytest.mark.parametrize(
    ("suffix", "smallest", "largest"), [("", 128, 256), ("@2x", 256, 512)]
)
def test_logo(prefix: str, suffix: str, smallest: int, largest: int) -> None:
    """A logo is landscape, its shorter side within Home Assistant's limits."""
    with Image.open(BRAND / f"{prefix}logo{suffix}.png") as logo:
        assert logo.width > logo.height
        assert smallest <= logo.height <= largest


@pytest.mark.parametrize(
    "picture", sorted(BRAND.glob("*.png")), ids=lambda picture: picture.stem
)
def test_picture_ground(picture: Path) -> None:
    """A picture is a PNG on a transparent ground, with no empty margin."""
    with Image.open(picture) as image:
        assert image.format == "PNG"
        alpha = image.getchannel("A")
        assert alpha.getpixel((0, 0)) == 0
        assert alpha.getbbox() == (0, 0, *image.size)


# HACS


def test_hacs_keys() -> None:
    """hacs.json has a name and nothing that HACS does not know."""
    assert HACS.keys() <= HACS_KEYS
    assert HACS["name"] == MANIFEST["name"]


def test_supported_home_assistant() -> None:
    """All places that claim a Home Assistant name the oldest that test runs try."""
    oldest, newest = locked_versions()
    year, month, _ = oldest.split(".")

    assert HACS["homeassistant"] == oldest
    claims = re.findall(
        r"Home Assistant (\d{4}\.\d+)", (ROOT / "README.md").read_text()
    )
    assert claims == [f"{year}.{month}"]
    for page in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r"--home-assistant (\d\S*[^\s`])", (ROOT / page).read_text())
        assert {*named} == {newest}, page
    assert AwesomeVersion(oldest) <= AwesomeVersion(__version__)
    assert AwesomeVersion(oldest) < AwesomeVersion(newest)


def test_hacs_offers_releases_only() -> None:
    """It would fetch the zip of a release of that name for the main branch, too."""
    assert HACS["zip_release"] is True
    assert HACS["hide_default_branch"] is True


def as_hacs_shows(text: str, repository: str) -> str:
    """Return markdown as HACS changes it before it shows it.

    It makes links whole, but only those of markdown, and only where nothing after them
    on their line is whole already; `<img>` it leaves alone. (hacs/frontend,
    src/tools/markdown.ts)
    """

    def whole(match: re.Match[str]) -> str:
        link = match[0].replace("(/", "(", 1)
        is_page = ".md" in link.lower()
        where = (
            f"https://github.com/{repository}/blob/main/"
            if is_page
            else f"https://raw.githubusercontent.com/{repository}/main/"
        )
        return link.replace("(", f"({where}", 1)

    return re.sub(r"\[.*?\]\([^#](?!.*?://).*?\)", whole, text)


def test_hacs_shows_the_readme() -> None:
    """Every picture is there, and every link leads to where it leads on GitHub."""
    readme = (ROOT / "README.md").read_text()
    repository = MANIFEST["documentation"].removeprefix("https://github.com/")
    ours = re.compile(
        rf"https://(?:github\.com/{repository}/blob|"
        rf"raw\.githubusercontent\.com/{repository})/main/(?P<path>.*)"
    )
    shown = as_hacs_shows(readme, repository)

    targets = re.findall(r"\]\(([^)\s]*)", shown) + re.findall(r'src="([^"]*)', shown)
    assert len(targets) == len(re.findall(r"\]\(|src=", readme))
    for target in targets:
        assert re.match(r"https://[^:]*$|#", target), target
        if path := ours.match(target):
            assert (ROOT / path["path"]).is_file(), target


@pytest.mark.parametrize(
    "page",
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_within_the_project(page: Path) -> None:
    """Each leads to a file that is there."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s#]+)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_one_click_links() -> None:
    """One opens the repository in HACS, one begins the set-up."""
    readme = (ROOT / "README.md").read_text()
    owner, name = (
        MANIFEST["documentation"].removeprefix("https://github.com/").split("/")
    )

    links = re.findall(
        r"https://my\.home-assistant\.io/redirect/(\w+)/\?([^)\s]*)", readme
    )

    assert (
        "hacs_repository",
        f"owner={owner}&repository={name}&category=integration",
    ) in links
    assert ("config_flow_start", f"domain={MANIFEST['domain']}") in links


# The zip of a release


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; returns what it prints."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return an integration of a few files, in a git repository."""
    folder = tmp_path / "small"
    (folder / "api").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"name": "Small é", "version": "0.1.0"}')
    (folder / "__init__.py").touch()
    (folder / "api" / "client.py").write_text("CLIENT = 1\n")
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "manifest.json", "__init__.py", "api", ".gitignore")
    return folder


def test_packed_release(tmp_path: Path) -> None:
    """Its zip is what git has of the integration, as it is now, with nothing above it."""
    release = tmp_path / "beeper.zip"
    tracked = git(INTEGRATION, "ls-files").splitlines()

    number = pack(release)
    unpack(release, tmp_path / "beeper")

    assert number == len(tracked)
    with ZipFile(release) as packed:
        assert packed.namelist() == sorted(tracked)
        assert {file.external_attr >> 16 for file in packed.filelist} == {0o100644}
    for name in tracked:
        unpacked = tmp_path / "beeper" / name
        assert unpacked.read_bytes() == (INTEGRATION / name).read_bytes()


def test_pack_command(tmp_path: Path) -> None:
    """The command that releases are packed with runs anywhere, with any Python."""
    command = [str(ROOT / "scripts" / "pack"), "beeper.zip", "--version", "1.2.3b1"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    unpack(tmp_path / "beeper.zip", tmp_path / "beeper")

    assert re.fullmatch(r"beeper\.zip has \d+ files\n", ran.stdout)
    manifest = json.loads((tmp_path / "beeper" / "manifest.json").read_text())
    assert manifest == MANIFEST | {"version": "1.2.3b1"}
    assert list(manifest) == list(MANIFEST)


def test_pack_command_explains(tmp_path: Path) -> None:
    """What it cannot do it says, with an exit status."""
    command = [str(ROOT / "scripts" / "pack"), "beeper.zip", "--version", "v1"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert ran.stderr == "'v1' is not a version: that looks like 1.2.3\n"
    assert list(tmp_path.iterdir()) == []


def test_same_files_same_zip(small: Path, tmp_path: Path) -> None:
    """A release can be packed again and compared."""
    pack(tmp_path / "one.zip", integration=small)
    (small / "manifest.json").touch()
    (small / "__init__.py").chmod(0o600)
    pack(tmp_path / "other.zip", version="0.1.0", integration=small)

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_ignored_files_are_not_packed(small: Path, tmp_path: Path) -> None:
    """What Python has left beside the files is no part of a release."""
    (small / "__pycache__").mkdir()
    (small / "__pycache__" / "client.pyc").touch()

    assert pack(tmp_path / "small.zip", integration=small) == 4


def test_unknown_file_is_not_forgotten(small: Path, tmp_path: Path) -> None:
    """A file that git does not know would not be there in a release's checkout."""
    (small / "api" / "models.py").touch()

    with pytest.raises(PackFailed, match=r"not in git: api/models\.py\."):
        pack(tmp_path / "small.zip", integration=small)


def test_deleted_file(small: Path, tmp_path: Path) -> None:
    """A file that git has must be there."""
    (small / "api" / "client.py").unlink()

    with pytest.raises(PackFailed, match=r"not there: api/client\.py$"):
        pack(tmp_path / "small.zip", integration=small)


def test_no_manifest(small: Path, tmp_path: Path) -> None:
    """Without a manifest there is no integration."""
    git(small, "rm", "--quiet", "--force", "manifest.json")

    with pytest.raises(PackFailed, match=r"no manifest\.json"):
        pack(tmp_path / "small.zip", integration=small)


def test_no_git_repository(tmp_path: Path) -> None:
    """Outside of git it is not known what a release has."""
    with pytest.raises(PackFailed, match=r"^git cannot list the files: fatal: "):
        pack(tmp_path / "small.zip", integration=tmp_path)


def test_nowhere_to_pack(small: Path, tmp_path: Path) -> None:
    """A folder that is not there is told."""
    with pytest.raises(PackFailed, match=r"cannot be written: No such file"):
        pack(tmp_path / "nowhere" / "small.zip", integration=small)


def test_release_without_a_file(small: Path, tmp_path: Path) -> None:
    """What a release lacks is named, and it is not unpacked."""
    release = tmp_path / "small.zip"
    pack(release, integration=small)
    (small / "api" / "models.py").touch()
    git(small, "add", "api/models.py")

    with pytest.raises(
        PackFailed, match=r"small\.zip lacks what this checkout has: api/models\.py$"
    ):
        look_into(release, small)


def test_release_of_a_folder(tmp_path: Path) -> None:
    """A zip of the folder instead of its files lacks them where HACS looks."""
    pack(tmp_path / "beeper.zip")
    with (
        ZipFile(tmp_path / "beeper.zip") as packed,
        ZipFile(tmp_path / "folder.zip", "w") as nested,
    ):
        for name in packed.namelist():
            nested.writestr(f"beeper/{name}", packed.read(name))

    with pytest.raises(PackFailed, match=r"lacks .*, manifest\.json, "):
        unpack(tmp_path / "folder.zip", tmp_path / "beeper")
    assert not (tmp_path / "beeper").exists()


@pytest.mark.parametrize("what", ["no zip", "cut off", "damaged", "not there"])
def test_unsound_release(tmp_path: Path, what: str) -> None:
    """A file that is no zip, or not a whole one, is told so."""
    release = tmp_path / "beeper.zip"
    pack(release)
    content = release.read_bytes()
    expected = "is not a zip, or a damaged one"
    if what == "no zip":
        release.write_text("<html>Not found</html>")
    elif what == "cut off":
        release.write_bytes(content[: len(content) // 2])
    elif what == "damaged":
        middle = len(content) // 2
        release.write_bytes(content[:middle] + bytes(64) + content[middle + 64 :])
        expected = r"is not a zip, or a damaged one|is damaged: \S+ cannot be read"
    else:
        release.unlink()
        expected = "cannot be read: No such file"

    with pytest.raises(PackFailed, match=rf"beeper\.zip ({expected})"):
        unpack(release, tmp_path / "beeper")
    assert not (tmp_path / "beeper").exists()


def test_license() -> None:
    """The license is the one that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (ROOT / "LICENSE").read_text().startswith(f"{project['license']} License\n")


# Code of others


def test_vendored_lit() -> None:
    """The card's copy of Lit says which version it is, and its licence goes with it.

    That it has the very bytes that are made of this version is proven by scripts/lint,
    which needs the npm registry for it.
    """
    [version] = re.findall(
        r'"lit": "npm:lit@([\d.]+)"', (ROOT / "deno.json").read_text()
    )
    module = (INTEGRATION / "frontend" / "lit.js").read_text()
    license_text = (INTEGRATION / "frontend" / "lit-license.txt").read_text()

    assert module.startswith(f"// Lit {version}, made by scripts/vendor-lit")
    assert license_text.startswith("BSD 3-Clause License")
    assert "Google LLC" in license_text


def test_release_has_what_the_card_loads(tmp_path: Path) -> None:
    """All that one module of the card imports from another is in the zip."""
    pack(tmp_path / "beeper.zip")
    with ZipFile(tmp_path / "beeper.zip") as packed:
        names = {*packed.namelist()}
        modules = {name for name in names if name.startswith("frontend/")}
        imported = {
            f"frontend/{file}"
            for name in modules
            if name.endswith(".js")
            for file in re.findall(
                r'(?:from|import) ?"\./([^"]+)"', packed.read(name).decode()
            )
        }
    assert "frontend/lit-license.txt" in names
    assert "frontend/registry.js" in imported
    assert imported <= modules
