"""The connection to one Amplitude project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from connectors.amplitude.applying import Applying
from connectors.amplitude.client import AmplitudeClient
from connectors.amplitude.observing import Observing
from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import Budget, Identity, Operation, Receipt, Snapshot, Wiring
from connectors.settings import fingerprint, reveal
from mappings.contract import Address


class AmplitudeConnector:
    """See `connectors.contract.Connector`. Reading is incremental: one request per event tells its properties."""

    def __init__(self, settings: AmplitudeSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._time = wiring.time
        self._client = AmplitudeClient(settings, wiring)

    def whoami(self) -> Identity:
        """The keys choose the project, and nothing tells its name; the list of categories proves them (section 1)."""
        self._client.rows("category")
        ending = reveal(self._settings.api_key)[-4:]
        return Identity(
            workspace=f"Amplitude project with the API key ending in {ending}",
            account=account(self._settings),
            notes=(
                "Amplitude does not tell the project's name; compare the key's ending with the project's settings.",
            ),
        )

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        """Read what the project holds: the lists, then the properties of events, those that keep changing and those
        read longest ago first (see `Observing`)."""
        return Observing(self._client, self._settings, known, budget, self._time).snapshot()

    def look_up(self, addresses: Collection[Address], units: float | None) -> Snapshot:
        """One request each (sections 3.1 to 3.5)."""
        budget = Budget(units, frozenset(addresses))
        return Observing(self._client, self._settings, None, budget, self._time).looked_up()

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        """Write, two requests at a time; see `Applying`."""
        return Applying(self._client, self._time).receipts(operations)

    def close(self) -> None:
        self._client.close()


def account(settings: AmplitudeSettings) -> str:
    """Whose quota is used: limits are counted per project, and a key belongs to one (section 2.1)."""
    return fingerprint("amplitude", settings.region, reveal(settings.api_key))
