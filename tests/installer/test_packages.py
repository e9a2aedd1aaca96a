"""What pip says when it fails."""

from __future__ import annotations

import pytest

from installer.packages import explain_failure


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "NewConnectionError: [Errno -2] Name or service not known\nERROR: No matching distribution found for torch",
            "check the network",
        ),
        ("SSLError(SSLCertVerificationError('CERTIFICATE_VERIFY_FAILED'))", "certificate"),
        ("ERROR: Could not find a version that satisfies the requirement x (from versions: none)", "check the network"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "may not be written"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no build of torch==2.13.0"),
        ("anything else", "could not install"),
    ],
)
def test_failures_of_pip_become_one_sentence(log: str, words: str) -> None:
    sentence = explain_failure(log)
    assert words in sentence
    assert "\n" not in sentence
