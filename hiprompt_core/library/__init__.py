"""Models on this computer and on the hub: found in place, recognised, verified, removed, downloaded when asked."""

from hiprompt_core.library.curated import CURATED, Suggestion
from hiprompt_core.library.download import download
from hiprompt_core.library.entry import Advanced, Entry, OnAdvance, Role
from hiprompt_core.library.finding import find_models
from hiprompt_core.library.hub import Listing, RemoteFile, look_up
from hiprompt_core.library.known import Known
from hiprompt_core.library.places import Place, own_models, place_of, places_in, usual_places
from hiprompt_core.library.removing import remove
from hiprompt_core.library.verifying import Verdict, verify

__all__ = [
    "CURATED",
    "Advanced",
    "Entry",
    "Known",
    "Listing",
    "OnAdvance",
    "Place",
    "RemoteFile",
    "Role",
    "Suggestion",
    "Verdict",
    "download",
    "find_models",
    "look_up",
    "own_models",
    "place_of",
    "places_in",
    "remove",
    "usual_places",
    "verify",
]
