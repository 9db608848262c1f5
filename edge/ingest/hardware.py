"""Video decoders in hardware: tried before they are used, so that no stream fails for the lack of one."""

from dataclasses import dataclass
from functools import cache

import av
from av.codec.hwaccel import HWAccel, hwdevices_available

SOFTWARE = "software"
"""Name of the decoder that is always there."""

_TRIED_WITH = "h264"
"""A codec that every hardware decoder knows."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A hardware decoder.

    Attributes:
        kind: FFmpeg's name of the device type, such as ``vaapi`` or ``cuda``.
        device: Which one, such as ``/dev/dri/renderD128`` or a CUDA index; the first one when None.
    """

    kind: str
    device: str | None = None

    def settings(self) -> HWAccel:
        """For PyAV; pictures are brought back to memory, and what it cannot decode is decoded in software."""
        return HWAccel(self.kind, device=self.device, allow_software_fallback=True)

    def __str__(self) -> str:
        """Kind and device."""
        return f"{self.kind} ({self.device})" if self.device else self.kind


@cache
def missing(hardware: Hardware) -> str:
    """Why the device cannot be used here, as far as can be told without a stream; empty when it can.

    The answer is remembered: a device that is missing stays so until the process is started again.
    """
    known = hwdevices_available()
    if hardware.kind not in known:
        return f"this build of PyAV knows {', '.join(known) or 'none'}"
    try:
        context = av.CodecContext.create(_TRIED_WITH, "r", hwaccel=hardware.settings())
    except (av.FFmpegError, OSError, ValueError, RuntimeError) as error:
        return f"the device does not open: {getattr(error, 'strerror', None) or error}"
    return "" if context.is_hwaccel else f"no decoder for {_TRIED_WITH}"


def fallback(hardware: Hardware, why: str) -> str:
    """What health and log say when software decodes instead."""
    return f"decoded in software, for {hardware} cannot be used: {why}"
