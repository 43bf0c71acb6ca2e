"""pyproject.toml, requirements.lock, environment.yml and the workflows describe one environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from packaging.markers import Marker

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

# What a cluster needs slows each start of Snakemake by a second: only those with one install it.
# What trains networks is locked apart, so that the book comes without JAX.
EXTRAS = PROJECT["optional-dependencies"]
LOCKED = [lines for extra, lines in EXTRAS.items() if extra not in ("cluster", "laboratory")]
DECLARED = [Requirement(line) for lines in (PROJECT["dependencies"], *LOCKED) for line in lines]
MINORS = [
    f"3.{minor}" for minor in range(40) if f"3.{minor}" in SpecifierSet(PROJECT["requires-python"])
]


@dataclass(frozen=True)
class Entry:
    name: str
    version: Version
    marker: Marker | None
    hashes: tuple[str, ...]

    def applies(self, python: str, system: str) -> bool:
        names = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
        environment = {
            "python_version": python,
            "python_full_version": f"{python}.9",
            "sys_platform": system,
            "platform_system": names[system],
            "os_name": "nt" if system == "win32" else "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
        }
        return self.marker is None or self.marker.evaluate(environment)


def locked(text: str) -> list[Entry]:
    entries = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pinned, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(pinned)
        (pin,) = requirement.specifier
        assert pin.operator == "==", f"{requirement} is not pinned to one version"
        name = canonicalize_name(requirement.name)
        entries.append(Entry(name, Version(pin.version), requirement.marker, tuple(hashes)))
    return entries


ENTRIES = locked(LOCK)


def matrices(workflow: dict[str, Any]) -> list[list[str]]:
    found = [job.get("strategy", {}).get("matrix", {}) for job in workflow["jobs"].values()]
    return [matrix["python"] for matrix in found if "python" in matrix]


def test_the_lock_is_read_whole() -> None:
    assert len(ENTRIES) == LOCK.count("==") - sum(
        str(entry.marker).count("==") for entry in ENTRIES if entry.marker
    )


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", MINORS)
def test_no_package_is_locked_twice(python: str, system: str) -> None:
    names = [entry.name for entry in ENTRIES if entry.applies(python, system)]
    assert sorted(names) == sorted(set(names))


def test_a_package_has_one_version_whatever_the_python() -> None:
    """So a result can be had again with any of them."""
    beside = locked((ROOT / "laboratory.lock").read_text(encoding="utf-8"))
    versions: dict[str, set[Version]] = {}
    for entry in [*ENTRIES, *beside]:
        if any(entry.applies(python, "linux") for python in MINORS):
            versions.setdefault(entry.name, set()).add(entry.version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("python", MINORS)
@pytest.mark.parametrize("requirement", DECLARED, ids=lambda r: r.name)
def test_the_lock_holds_each_dependency_within_its_bound(
    requirement: Requirement, python: str
) -> None:
    name = canonicalize_name(requirement.name)
    versions = [e.version for e in ENTRIES if e.name == name and e.applies(python, "linux")]
    assert len(versions) == 1, f"{requirement} on Python {python}: locked as {versions}; make lock"
    assert requirement.specifier.contains(versions[0], prereleases=True)


def test_the_laboratory_is_locked_beside_the_book_at_the_same_versions() -> None:
    beside = locked((ROOT / "laboratory.lock").read_text(encoding="utf-8"))
    for requirement in map(Requirement, EXTRAS["laboratory"]):
        for python in MINORS:
            name = canonicalize_name(requirement.name)
            (version,) = [
                e.version for e in beside if e.name == name and e.applies(python, "linux")
            ]
            assert version in requirement.specifier, f"{requirement} on Python {python}; make lock"
    book = {(e.name, str(e.marker)): e.version for e in ENTRIES}
    both = [entry for entry in beside if (entry.name, str(entry.marker)) in book]
    assert len(both) > 40
    assert [e.name for e in both if e.version != book[e.name, str(e.marker)]] == []
    assert all(entry.hashes for entry in beside)


def test_every_dependency_has_a_lower_bound() -> None:
    without = [str(r) for r in DECLARED if not any(s.operator == ">=" for s in r.specifier)]
    assert without == []


def test_every_lock_entry_has_hashes() -> None:
    assert [entry.name for entry in ENTRIES if not entry.hashes] == []
    hashes = {digest for entry in ENTRIES for digest in entry.hashes}
    assert [h for h in hashes if not re.fullmatch(r"sha256:[0-9a-f]{64}", h)] == []


def test_the_lock_records_no_address() -> None:
    assert "://" not in LOCK
    options = [line for line in LOCK.splitlines() if line.lstrip().startswith(("-", "#", "."))]
    assert {line.split("=")[0].strip() for line in options} == {"--hash"}


def test_environment_installs_exactly_the_lock() -> None:
    (pip,) = [d["pip"] for d in ENVIRONMENT["dependencies"] if isinstance(d, dict)]
    conda = {re.split(r"[=<>]", d)[0] for d in ENVIRONMENT["dependencies"] if isinstance(d, str)}
    assert pip == ["-r requirements.lock"]
    # A package from conda too would come at a version that the lock does not know.
    assert conda == {"python", "pip", "make"}


def test_environment_uses_a_supported_python() -> None:
    (python,) = [
        d for d in ENVIRONMENT["dependencies"] if isinstance(d, str) and d.startswith("python=")
    ]
    assert python.removeprefix("python=") in MINORS


def test_post_build_adds_the_package_and_nothing_else() -> None:
    script = ROOT / "postBuild"
    assert os.access(script, os.X_OK)
    (install,) = re.findall(r"pip install (.*)", script.read_text(encoding="utf-8"))
    assert install.split() == ["--no-deps", "--no-build-isolation", "--editable", "."]
    # Without isolation, what builds the package must be locked as well.
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    for requirement in map(Requirement, build["requires"]):
        versions = [e.version for e in ENTRIES if e.name == canonicalize_name(requirement.name)]
        assert [v in requirement.specifier for v in versions] == [True]


def test_binder_folder_does_not_hide_the_environment() -> None:
    # repo2docker ignores environment.yml and postBuild at the root when one of these exists.
    assert not (ROOT / "binder").exists()
    assert not (ROOT / ".binder").exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_workflows_use_supported_pythons(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert all(matrix == MINORS for matrix in matrices(workflow))
    single = re.findall(r'python-version: "([\d.]+)"', path.read_text(encoding="utf-8"))
    assert set(single) <= set(MINORS)


def test_ci_tests_every_supported_python() -> None:
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert matrices(ci) == [MINORS]


def test_classifiers_name_the_supported_pythons() -> None:
    prefix = "Programming Language :: Python :: 3."
    named = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if c.startswith(prefix)]
    assert named == MINORS


def test_weekly_resolves_for_the_oldest_python() -> None:
    weekly = (ROOT / ".github" / "workflows" / "weekly.yml").read_text(encoding="utf-8")
    assert re.findall(r"--python-version (\S+)", weekly) == [MINORS[0]]


def jobs(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_workflows_are_bounded(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(workflow["permissions"].values() if workflow["permissions"] else []) <= {"read"}
    assert workflow["concurrency"]["group"]
    steps = [job for job in jobs(path).values() if "uses" not in job]  # that one has bounds itself
    assert all(job["timeout-minutes"] <= 60 for job in steps)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_actions_are_named_by_commit_and_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    used = [each for each in used if each != "./.github/workflows/ci.yml"]  # of the same commit
    assert used
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)+")
    assert [each for each in used if not pinned.fullmatch(each)] == []


def test_an_action_has_one_version() -> None:
    used = {line for path in WORKFLOWS for line in re.findall(r"uses: (\S+@.*)", path.read_text())}
    assert len({line.split("@")[0] for line in used}) == len(used)
    (bot,) = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    assert (bot["package-ecosystem"], bot["directory"]) == ("github-actions", "/")


def before(name: str, all_jobs: dict[str, Any]) -> set[str]:
    """Return the jobs that have passed when a job starts."""
    needed = all_jobs[name].get("needs", [])
    direct = {needed} if isinstance(needed, str) else set(needed)
    return direct.union(*(before(each, all_jobs) for each in direct))


def test_nothing_is_published_before_the_tests_passed() -> None:
    publishing = {}
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            if "write" in job.get("permissions", {}).values():
                publishing[path.stem, name] = before(name, jobs(path))
                assert jobs(path)["tests"]["uses"] == "./.github/workflows/ci.yml"
                assert not str(job.get("if", "")).startswith("always")
    assert set(publishing) == {("pages", "deploy"), ("release", "pypi"), ("release", "github")}
    assert all(needed >= {"tests", "build"} for needed in publishing.values())
    # True is how YAML reads `on`.
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert {"pull_request", "workflow_call"} <= set(ci[True])
    assert all("continue-on-error" not in job for job in ci["jobs"].values())


def test_ci_tries_each_way_to_an_environment() -> None:
    ci = jobs(ROOT / ".github" / "workflows" / "ci.yml")
    runs = {
        name: [step.get("run") or step.get("uses", "") for step in job["steps"]]
        for name, job in ci.items()
    }
    assert ci["macos"]["runs-on"].startswith("macos-")
    assert "make test" in runs["macos"]
    assert "make check-wheel" in runs["wheel"]
    assert runs["conda"][-2:] == ["./postBuild", "scalebook run gpt4"]
    (setup,) = [step["with"] for step in ci["conda"]["steps"] if "miniconda" in str(step)]
    assert setup["environment-file"] == "environment.yml"
    assert setup["activate-environment"] == ENVIRONMENT["name"]


def test_a_release_is_trusted_by_its_environment_and_has_no_password() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")
    assert release["pypi"]["environment"]["name"] == "pypi"
    assert release["pypi"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in str(release)


@pytest.mark.parametrize("script", [".ci/run", "postBuild"])
@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_scripts_parse(script: str) -> None:
    subprocess.run(["bash", "-n", script], cwd=ROOT, check=True)
    assert os.access(ROOT / script, os.X_OK)
