"""The closed words of an event's life."""

from enum import StrEnum

from central.names import Bilingual


class Colour(StrEnum):
    """How grave (三色预警), from the mildest up."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for blue, 2 for red."""
        return _RANKS[self]


_RANKS = {colour: rank for rank, colour in enumerate(Colour)}


class Loop(StrEnum):
    """Who must act (四级循环), from the ground up."""

    SELF = "self"
    MICRO = "micro"
    SMALL = "small"
    LARGE = "large"

    @property
    def above(self) -> "Loop":
        """The next loop up; the large one has none above it."""
        every = list(Loop)
        return every[min(every.index(self) + 1, len(every) - 1)]


LOOP_NAMES = {
    Loop.SELF: Bilingual(zh="自循环", en="self loop (grid)"),
    Loop.MICRO: Bilingual(zh="微循环", en="micro loop (village)"),
    Loop.SMALL: Bilingual(zh="小循环", en="small loop (town)"),
    Loop.LARGE: Bilingual(zh="大循环", en="large loop (departments report)"),
}
"""What people call the loops."""


class EventSource(StrEnum):
    """How an event came to be known."""

    CAMERA = "camera"
    GRID_WORKER = "grid_worker"
    RESIDENT = "resident"
    HOTLINE = "hotline"
    UPPER_LEVEL = "upper_level"
    SYSTEM = "system"
    """This program: something says nothing that should."""


SOURCE_NAMES = {
    EventSource.CAMERA: Bilingual(zh="相机", en="camera"),
    EventSource.GRID_WORKER: Bilingual(zh="网格员上报", en="grid worker"),
    EventSource.RESIDENT: Bilingual(zh="居民上报", en="resident"),
    EventSource.HOTLINE: Bilingual(zh="12345热线", en="12345 hotline"),
    EventSource.UPPER_LEVEL: Bilingual(zh="上级交办", en="upper level"),
    EventSource.SYSTEM: Bilingual(zh="系统", en="this system"),
}
"""What people call the sources."""


class SystemKind(StrEnum):
    """What this program raises by itself."""

    BOX_SILENT = "box_silent"
    NETWORK_DOWN = "network_down"


SYSTEM_KIND_NAMES = {
    SystemKind.BOX_SILENT: Bilingual(zh="边缘盒失联", en="box is silent"),
    SystemKind.NETWORK_DOWN: Bilingual(zh="网络中断", en="part of the network is dead"),
}
"""What people call them."""


class EventState(StrEnum):
    """Where an event stands in its life cycle (domain: 闭环)."""

    REPORTED = "reported"
    """Known, but a person must say where it belongs (unmapped) or whether it still holds (late)."""
    FILED = "filed"
    """It has an owner and a responsibility."""
    DISPATCHED = "dispatched"
    """A unit has it, and has not accepted it yet."""
    ACCEPTED = "accepted"
    """The unit is on its way."""
    ON_SITE = "on_site"
    """The unit is there."""
    HANDLED = "handled"
    """The unit has reported back; the check is still to come."""
    VERIFIED = "verified"
    """Checked by the camera or by somebody who did not handle it."""
    CLOSED = "closed"
    """Settled."""
    RETURNED = "returned"
    """Refused or not well done, with the reason; to be given out anew."""
    SUSPENDED = "suspended"
    """An approved pause, with its reason and its end."""
    MERGED = "merged"
    """Part of another event."""
    FALSE_ALARM = "false_alarm"
    """There was nothing."""
    REOPENED = "reopened"
    """Closed too soon."""
    ESCALATED = "escalated"
    """The level above has to decide."""


STATE_NAMES = {
    EventState.REPORTED: Bilingual(zh="已上报", en="reported"),
    EventState.FILED: Bilingual(zh="已立案", en="filed"),
    EventState.DISPATCHED: Bilingual(zh="已派遣", en="dispatched"),
    EventState.ACCEPTED: Bilingual(zh="已接单", en="accepted"),
    EventState.ON_SITE: Bilingual(zh="已到场", en="on site"),
    EventState.HANDLED: Bilingual(zh="已处置", en="handled"),
    EventState.VERIFIED: Bilingual(zh="已核查", en="verified"),
    EventState.CLOSED: Bilingual(zh="已结案", en="closed"),
    EventState.RETURNED: Bilingual(zh="已退回", en="returned"),
    EventState.SUSPENDED: Bilingual(zh="已挂账", en="suspended"),
    EventState.MERGED: Bilingual(zh="已合并", en="merged"),
    EventState.FALSE_ALARM: Bilingual(zh="误报", en="false alarm"),
    EventState.REOPENED: Bilingual(zh="重新立案", en="reopened"),
    EventState.ESCALATED: Bilingual(zh="已升级", en="escalated"),
}
"""What people call the states."""


class Act(StrEnum):
    """What somebody may do with an event; where each leads stands in ``lifecycle.yaml``."""

    ACKNOWLEDGE = "acknowledge"
    FILE = "file"
    DISPATCH = "dispatch"
    SUPPORT = "support"
    ACCEPT = "accept"
    ARRIVE = "arrive"
    FEEDBACK = "feedback"
    HAND_OVER = "hand_over"
    VERIFY = "verify"
    CLOSE = "close"
    RETURN = "return"
    REFER = "refer"
    TAKE_OVER = "take_over"
    ESCALATE = "escalate"
    REQUEST_PAUSE = "request_pause"
    DENY_PAUSE = "deny_pause"
    SUSPEND = "suspend"
    RESUME = "resume"
    MERGE = "merge"
    SPLIT = "split"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    FALSE_ALARM = "false_alarm"
    REOPEN = "reopen"
    NOTE = "note"


ACT_NAMES = {
    Act.ACKNOWLEDGE: Bilingual(zh="签收", en="acknowledge"),
    Act.FILE: Bilingual(zh="立案", en="file"),
    Act.DISPATCH: Bilingual(zh="派遣", en="dispatch"),
    Act.SUPPORT: Bilingual(zh="吹哨增援", en="call assistants"),
    Act.ACCEPT: Bilingual(zh="接单", en="accept"),
    Act.ARRIVE: Bilingual(zh="到场", en="arrive"),
    Act.FEEDBACK: Bilingual(zh="处置反馈", en="report back"),
    Act.HAND_OVER: Bilingual(zh="交接", en="hand over"),
    Act.VERIFY: Bilingual(zh="核查", en="verify"),
    Act.CLOSE: Bilingual(zh="结案", en="close"),
    Act.RETURN: Bilingual(zh="退回", en="return"),
    Act.REFER: Bilingual(zh="转办", en="refer"),
    Act.TAKE_OVER: Bilingual(zh="接管", en="take over"),
    Act.ESCALATE: Bilingual(zh="升级", en="escalate"),
    Act.REQUEST_PAUSE: Bilingual(zh="申请挂账", en="ask for a pause"),
    Act.DENY_PAUSE: Bilingual(zh="不同意挂账", en="deny the pause"),
    Act.SUSPEND: Bilingual(zh="挂账", en="suspend"),
    Act.RESUME: Bilingual(zh="恢复办理", en="resume"),
    Act.MERGE: Bilingual(zh="合并", en="merge"),
    Act.SPLIT: Bilingual(zh="拆分", en="split"),
    Act.SHELVE: Bilingual(zh="搁置告警", en="shelve"),
    Act.UNSHELVE: Bilingual(zh="取消搁置", en="unshelve"),
    Act.FALSE_ALARM: Bilingual(zh="判为误报", en="mark as false alarm"),
    Act.REOPEN: Bilingual(zh="重新立案", en="reopen"),
    Act.NOTE: Bilingual(zh="备注", en="add a note"),
}
"""What people call the acts."""


class Verb(StrEnum):
    """What an entry of an event's timeline says: the acts of people, and what this program notices."""

    REPORTED = "reported"
    """The first alert, or a person's report, made the event."""
    FILED = "filed"
    """It was given to its grid and responsibility without a person's help."""
    JOINED = "joined"
    """A further episode joined the open event."""
    REGRADED = "regraded"
    """Its colour changed, with the rule that did it."""
    EPISODE_CLOSED = "episode_closed"
    """The camera no longer sees the condition."""
    EPISODE_RESUMED = "episode_resumed"
    """The condition came back within the same episode."""
    CLEARED = "cleared"
    """All of its episodes have ended; people still verify."""
    PICTURE_REFUSED = "picture_refused"
    """A picture was not stored, with the reason; the fact was."""
    ABSORBED = "absorbed"
    """Another event was merged into this one."""
    LET_GO = "let_go"
    """An event that had been merged into this one was split off again."""
    ASSISTED = "assisted"
    """An assisting unit took a step."""
    WARNED = "warned"
    """Half, or four fifths, of a time limit have passed."""
    BREACHED = "breached"
    """A time limit has passed."""
    ACKNOWLEDGE = Act.ACKNOWLEDGE.value
    FILE = Act.FILE.value
    DISPATCH = Act.DISPATCH.value
    SUPPORT = Act.SUPPORT.value
    ACCEPT = Act.ACCEPT.value
    ARRIVE = Act.ARRIVE.value
    FEEDBACK = Act.FEEDBACK.value
    HAND_OVER = Act.HAND_OVER.value
    VERIFY = Act.VERIFY.value
    CLOSE = Act.CLOSE.value
    RETURN = Act.RETURN.value
    REFER = Act.REFER.value
    TAKE_OVER = Act.TAKE_OVER.value
    ESCALATE = Act.ESCALATE.value
    REQUEST_PAUSE = Act.REQUEST_PAUSE.value
    DENY_PAUSE = Act.DENY_PAUSE.value
    SUSPEND = Act.SUSPEND.value
    RESUME = Act.RESUME.value
    MERGE = Act.MERGE.value
    SPLIT = Act.SPLIT.value
    SHELVE = Act.SHELVE.value
    UNSHELVE = Act.UNSHELVE.value
    FALSE_ALARM = Act.FALSE_ALARM.value
    REOPEN = Act.REOPEN.value
    NOTE = Act.NOTE.value


VERB_NAMES = {
    Verb.REPORTED: Bilingual(zh="采集上报", en="reported"),
    Verb.FILED: Bilingual(zh="自动立案", en="filed"),
    Verb.JOINED: Bilingual(zh="再次发生", en="happened again"),
    Verb.REGRADED: Bilingual(zh="等级变更", en="colour changed"),
    Verb.EPISODE_CLOSED: Bilingual(zh="现场恢复", en="no longer seen"),
    Verb.EPISODE_RESUMED: Bilingual(zh="情况重现", en="seen again"),
    Verb.CLEARED: Bilingual(zh="全部恢复，待核查", en="all clear, to be verified"),
    Verb.PICTURE_REFUSED: Bilingual(zh="图片未入库", en="picture not stored"),
    Verb.ABSORBED: Bilingual(zh="并入其他事件", en="another event merged into it"),
    Verb.LET_GO: Bilingual(zh="事件拆出", en="an event split off"),
    Verb.ASSISTED: Bilingual(zh="增援单位反馈", en="assistant's step"),
    Verb.WARNED: Bilingual(zh="时限预警", en="time limit warning"),
    Verb.BREACHED: Bilingual(zh="超出时限", en="time limit passed"),
    **{Verb(act): name for act, name in ACT_NAMES.items()},
}
"""What people call the verbs."""
