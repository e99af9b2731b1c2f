"""The examples are valid in their formats, and do what they are for."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_ops_cli.scripts.config_file import load_config
from dagster_ops_cli.scripts.registry import all_scripts
from dagster_ops_cli_tests.examples import CONFIG_FILES, EXAMPLES, ROOT, documents, steps
from dagster_ops_cli_tests.invoke import invoke

pytestmark = pytest.mark.slow

RUN_THE_SCRIPT = next(step for step in steps() if step.get("name") == "Run the script")

# Where pip puts the commands of the packages that check the examples.
COMMANDS = Path(sys.executable).parent


def run(*command: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


def check_workflow(path: Path) -> "subprocess.CompletedProcess[str]":
    return run(COMMANDS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)


def check_kubernetes(path: Path) -> "subprocess.CompletedProcess[str]":
    return run(COMMANDS / "kubernetes-validate", "--strict", path)


def check_dockerfile(path: Path) -> "subprocess.CompletedProcess[str]":
    return run(COMMANDS / "hadolint", "--no-color", "--failure-threshold", "style", path)


def check_rules(path: Path) -> "subprocess.CompletedProcess[str]":
    """Check alerts with promtool if it is there, else only that their expressions are PromQL."""
    if promtool := shutil.which("promtool"):
        return run(promtool, "check", "rules", path)
    code = "import sys, yaml, promql_parser\nfor group in yaml.safe_load(open(sys.argv[1]))['groups']:\n"
    return run(sys.executable, "-c", f"{code} for rule in group['rules']: promql_parser.parse(rule['expr'])", path)


def check_gitlab(path: Path) -> "subprocess.CompletedProcess[str]":
    return run(COMMANDS / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", path)


CHECKS = {
    "gitlab-ci.yaml": (check_gitlab, ("when: always", "when: sometimes")),
    "github-actions.yaml": (check_workflow, ("runs-on: ubuntu-latest", "runs_on: ubuntu-latest")),
    "deploy-gate.yaml": (check_workflow, ("runs-on: ubuntu-latest", "runs_on: ubuntu-latest")),
    "kubernetes.yaml": (check_kubernetes, ("restartPolicy: Never", "restartPolicy: 3")),
    "purge.yaml": (check_kubernetes, ("restartPolicy: Never", "restartPolicy: 3")),
    "prometheus-rules.yaml": (check_rules, ("expr: ops_up == 0", "expr: ops_up = 0")),
    "Dockerfile": (check_dockerfile, ("FROM python:3.13-slim\n", "FROM python\n")),
}


def test_every_example_is_checked() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {*CONFIG_FILES, *CHECKS}


@pytest.mark.parametrize("name", CHECKS)
def test_is_what_its_format_asks_for(name: str, tmp_path: Path) -> None:
    check, (good, bad) = CHECKS[name]
    done = check(EXAMPLES / name)
    assert done.returncode == 0, done.stdout + done.stderr
    # A check that never fails would prove nothing.
    text = (EXAMPLES / name).read_text()
    assert good in text
    (tmp_path / name).write_text(text.replace(good, bad))
    assert check(tmp_path / name).returncode != 0


@pytest.mark.parametrize(("name", "script"), CONFIG_FILES.items())
def test_config_files_are_what_their_scripts_take(name: str, script: str) -> None:
    load_config(str(EXAMPLES / name), all_scripts()[script].model)


@pytest.mark.parametrize(("name", "script"), CONFIG_FILES.items())
def test_config_files_pass_the_schema_that_editors_use(name: str, script: str, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(invoke(f"ops script schema {script}").stdout)
    check = (COMMANDS / "check-jsonschema", "--schemafile", schema)
    done = run(*check, EXAMPLES / name)
    assert done.returncode == 0, done.stdout + done.stderr
    misspelt = tmp_path / name
    misspelt.write_text((EXAMPLES / name).read_text() + "locationname: luchtmeetnet\n")
    assert run(*check, misspelt).returncode != 0


def test_the_workflow_asks_for_a_script_and_its_file() -> None:
    (workflow,) = documents("github-actions.yaml")
    inputs = workflow["on"]["workflow_dispatch"]["inputs"]
    assert list(inputs) == ["script", "config"]
    assert all(each["description"] and each["required"] == "true" for each in inputs.values())
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] == "false"


def test_nothing_that_was_typed_becomes_part_of_a_command() -> None:
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) == 2
    assert not [text for text in scripts if "${{" in text]
    # Every variable is one that its step sets, and stands in quotes.
    for step in steps():
        for variable in re.findall(r"\$\w+", step.get("run", "")):
            assert variable[1:] in step["env"]
            assert f'"{variable}"' in step["run"]


@pytest.mark.parametrize(
    ("script", "config"),
    [
        ("backfill", "backfills/backfill 1234.yaml"),
        ("backfill", "a.yaml; touch pwned"),
        ("backfill", "$(touch pwned)"),
        ("back`touch pwned`fill", '"; touch pwned; "'),
        ("backfill", "--help"),
        ("backfill", "'\n touch pwned"),
    ],
)
def test_the_workflow_hands_on_exactly_what_was_typed(script: str, config: str, tmp_path: Path) -> None:
    ops = tmp_path / "bin" / "ops"
    ops.parent.mkdir()
    ops.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    ops.chmod(0o755)
    environment = {"PATH": f"{ops.parent}:{os.environ['PATH']}", "SCRIPT": script, "CONFIG": config}
    # As GitHub runs a step.
    command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", RUN_THE_SCRIPT["run"])
    done = run(*command, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    arguments = json.loads(done.stdout)
    assert (arguments[:2], arguments[-2:]) == (["script", script], ["--", config])
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_the_job_reads_the_file_of_its_config_map(tmp_path: Path) -> None:
    config_map, job = documents("kubernetes.yaml")
    pod = job["spec"]["template"]["spec"]
    (container,), (volume,) = pod["containers"], pod["volumes"]
    (mount,) = container["volumeMounts"]
    assert volume == {"name": mount["name"], "configMap": {"name": config_map["metadata"]["name"]}}
    *_, script, path = container["args"]
    folder, _, name = path.rpartition("/")
    assert folder == mount["mountPath"]
    (tmp_path / name).write_text(config_map["data"][name])
    load_config(str(tmp_path / name), all_scripts()[script].model)


def test_the_job_is_tried_again_only_where_that_helps() -> None:
    (_, job) = yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())
    (final, *_) = job["spec"]["podFailurePolicy"]["rules"]
    told = (ROOT / "docs" / "scripting.md").read_text()
    known = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", told, re.MULTILINE) for code in cell.split(",")}
    # Failures that may pass: Dagster can't be reached, or the pod was interrupted.
    assert set(final["onExitCodes"]["values"]) == known - {0, 5, 130, 143}


def test_the_image_and_the_job_fit_together() -> None:
    lines = (EXAMPLES / "Dockerfile").read_text().splitlines()
    entry = next(json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT"))
    assert entry == ["ops"]
    user = next(line.removeprefix("USER ") for line in lines if line.startswith("USER "))
    (_, job) = documents("kubernetes.yaml")
    context = job["spec"]["template"]["spec"]["securityContext"]
    assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


@pytest.mark.integration
def test_the_image_holds_what_a_wheel_is_built_from(tmp_path: Path) -> None:
    """The files that are copied into the image are enough to build the package; pip installs them there."""
    copies = re.findall(r"^COPY (?!--)(.*) (\S+)$", (EXAMPLES / "Dockerfile").read_text(), re.MULTILINE)
    for sources, target in copies:
        for source in sources.split():
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, tmp_path / target)
    assert (tmp_path / "constraints.txt").exists()
    built = run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", tmp_path)
    assert built.returncode == 0, built.stderr
    assert list((tmp_path / "dist").glob("*.whl"))
