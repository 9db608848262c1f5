"""From a look in which something changed to drafts of alerts: the same code live and in replay."""

from collections.abc import Iterator, Sequence

from edge.alerts import AlertMaker, Draft
from edge.config import BoxConfig, Camera
from edge.detect.registry import Detector
from edge.evidence import Picture, Redacts, Stills
from edge.pipeline import Change


class CameraReporter:
    """Makes the alerts of one camera.

    Args:
        config: The box.
        camera: One of its cameras.
        redactor: The only door by which a picture leaves.
        model: What the alerts name as the detector's model (see `model_id`).
    """

    def __init__(self, config: BoxConfig, camera: Camera, redactor: Redacts, model: str) -> None:
        self._camera = camera
        self._redactor = redactor
        self._maker = AlertMaker(config.site, config.box, camera, config.place_of(camera), model)

    def drafts(self, changes: Sequence[Change], time: float, picture: Picture | str) -> Iterator[Draft]:
        """One draft a change, in order.

        Args:
            changes: What the rules said.
            time: Capture time of the picture that decided, Unix seconds.
            picture: That picture, or why it is not at hand.
        """
        stills = Stills(self._redactor, self._camera, picture)
        for change in changes:
            wanted = self._maker.wants_picture(change.transition)
            still = stills.of(change.transition) if wanted else None
            yield self._maker.draft(
                change.transition, rule_version=change.rule_version, time=time, still=still
            )


def model_id(detector: Detector) -> str:
    """Name and version of the weights, as alerts and health carry it."""
    return f"{detector.name}@{detector.version}"
