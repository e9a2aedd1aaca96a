"""Libraries come in without the collector, which works as before afterwards."""

from __future__ import annotations

import gc

import pytest

from hiprompt_desktop.gentle_imports import gentle_imports


def test_the_collector_rests_meanwhile_and_leaves_out_what_came() -> None:
    gc.unfreeze()
    with gentle_imports():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_the_collector_works_again_when_an_import_fails() -> None:
    with pytest.raises(ImportError), gentle_imports():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()
