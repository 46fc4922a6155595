"""The record that a publication leaves behind, from which its receipt is made."""

from __future__ import annotations

from collections.abc import Mapping

from hub.engine.ports import Publication, Status
from hub.engine.target import Engine


def publication_record(engine: Engine, publication: Publication, status: Status) -> Mapping[str, object]:
    """The publication receipt: what was asked, what came of it, target by target. Holds no secret."""
    return {
        "kind": "publication",
        "plan": publication.plan,
        "version": publication.version,
        "fingerprint": publication.fingerprint,
        "status": status,
        "who": publication.who,
        "started": publication.started,
        "finished": engine.time.now(),
        "targets": [
            {
                "target": run.target,
                "status": run.status,
                "operations": run.operations,
                "outcomes": dict(run.outcomes),
                "verified": run.verified,
                "message": run.message,
                "receipts": engine.store.receipt_rows(publication.id, run.target),
            }
            for run in publication.targets
        ],
    }
