# ruff: noqa: E501 - sentences are told whole
"""The words of the monthly situation report, Chinese and English."""

from typing import Final

from central.reports.cases import Outcome

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("{org}{month}平安形势分析报告", "Situation report of {org}, {month}"),
    "subtitle": (
        "统计时段 {since} 至 {until}（按接收时间） · 编制于 {made}",
        "Received from {since} to {until} · made {made}",
    ),
    "footer": ("Placewatch · 看场所，不看人", "Placewatch · watches places, not people"),
    "overall": ("一、总体情况", "1 Overall"),
    "course": ("二、时间分布", "2 Over time"),
    "classes": ("三、重点场所", "3 Key areas"),
    "kinds": ("四、事件种类", "4 Kinds of events"),
    "orgs": ("五、各机构办理情况", "5 How organisations settled them"),
    "departments": ("六、牵头部门", "6 Lead departments"),
    "load": ("七、值守负荷与主要来源", "7 Alarm load and main sources"),
    "points": ("八、需要关注", "8 Points to watch"),
    "method": ("附：口径说明", "Annex: how the figures are counted"),
    "none": ("本时段没有事件。", "There were no events in this stretch of time."),
    "summary": (
        (
            "共采集上报 {received} 件，立案 {filed} 件，结案 {closed} 件，结案率 {closing}；"
            "应结事件按期率 {in_time}；重开 {reopened}，退回 {returned}，移交 {transfers} 次，挂账 {pauses} 次；"
            "误报 {false_alarms}。{alerts} 条告警聚合为 {received} 件事件，压缩比 {ratio} : 1。"
        ),
        (
            "{received} events were received, {filed} filed and {closed} closed: closing rate {closing}. "
            "Of those due, {in_time} were closed in time. Reopened {reopened}, returned {returned}, "
            "{transfers} transfers, {pauses} pauses; false alarms {false_alarms}. "
            "{alerts} alerts became {received} events, {ratio} : 1."
        ),
    ),
    "change": (
        "与上月（{before} 件）相比{direction}{percent}。",
        "Compared with the month before ({before} events): {direction} {percent}.",
    ),
    "up": ("上升 ", "up"),
    "down": ("下降 ", "down"),
    "level": ("上月无事件，不作比较。", "The month before had no events to compare with."),
    "measure": ("指标", "Measure"),
    "this_month": ("本月", "This month"),
    "month_before": ("上月", "Month before"),
    "received": ("采集上报", "Received"),
    "closed": ("已结案", "Closed"),
    "filed": ("立案", "Filed"),
    "closing": ("结案率", "Closing rate"),
    "in_time": ("按期率", "In time"),
    "reopened": ("重开率", "Reopened"),
    "returned": ("退回率", "Returned"),
    "false_alarms": ("误报率", "False alarms"),
    "transfers": ("移交", "Transfers"),
    "pauses": ("挂账", "Pauses"),
    "accept": ("接单 P50/P95", "Accept P50/P95"),
    "arrive": ("到场 P50/P95", "Arrive P50/P95"),
    "close": ("结案 P50/P95", "Close P50/P95"),
    "total": ("合计", "Total"),
    "by_class": ("类别", "Class"),
    "by_kind": ("种类", "Kind"),
    "by_org": ("机构", "Organisation"),
    "by_department": ("部门", "Department"),
    "plot_days": ("每日上报与结案", "Received and closed by day"),
    "plot_hours": ("一天中各时段的上报", "Received by hour of the day"),
    "plot_classes": ("各类重点场所事件的结果", "What became of the events, by class of key area"),
    "plot_kinds": ("各种类事件的结果", "What became of the events, by kind"),
    "load_text": (
        (
            "每 10 分钟平均 {mean} 件（≤ 1 为良好），最高 {most} 件；洪泛时段（> 10 件）{floods} 个，共 {slots} 个时段；"
            "现有未结 {standing} 件。红 : 黄 : 蓝 = {colours}（宜接近 5 : 15 : 80）。"
        ),
        (
            "{mean} events in ten minutes on average (1 and less is good), {most} at most; {floods} floods "
            "(more than ten) in {slots} stretches; {standing} stand open now. "
            "Red : yellow : blue = {colours} (near 5 : 15 : 80 is good)."
        ),
    ),
    "source": ("来源（前十）", "Source (top ten)"),
    "events": ("事件", "Events"),
    "share": ("占比", "Share"),
    "these": ("以上合计", "These together"),
    "rising": (
        "“{name}”本月 {now} 件，上月 {before} 件，上升明显，建议分析原因、加强巡查。",
        "{name}: {now} events after {before} the month before. Look for the cause, patrol more.",
    ),
    "late": (
        "{name}应结事件按期率 {share}（{part}/{of}），低于总体 {total}，建议督办。",
        "{name}: {share} ({part}/{of}) closed in time, against {total} overall. Follow up.",
    ),
    "again": (
        "{name}重开率 {share}（{part}/{of}），建议核查办结质量。",
        "{name}: {share} ({part}/{of}) reopened. Check how well cases are settled.",
    ),
    "false": (
        "相机 {name} 误报率 {share}（{part}/{of}），建议调整规则阈值或视角。",
        "Camera {name}: {share} ({part}/{of}) false alarms. Adjust the rule's thresholds or the view.",
    ),
    "repeats": (
        "{place}“{kind}”本月 {count} 件，为反复发生点位，建议向责任单位发出平安提示函。",
        "{place}, {kind}: {count} events this month. Consider an advisory letter to whoever is responsible.",
    ),
    "nothing": (
        "没有指标超过关注线（口径见附）。",
        "No measure passes its line (see the annex).",
    ),
    "how": (
        (
            "每个事件只计入一行，各行之和等于合计。结案率＝已结案÷（立案－误报－已合并）；"
            "按期率＝按期结案÷（已结案＋在办已超期）；重开率＝重开过÷（已结案或重开过）；退回率＝退回过÷立案；"
            "误报率＝误报÷（已结案＋误报）。用时自立案起，P50、P95 为最近秩分位数。括号内为分子/分母。\n"
            "关注线：种类上升——本月不少于 5 件且不少于上月 1.5 倍；按期率——应结不少于 5 件且低于总体 10 个百分点以上；"
            "重开率——不少于 5 件且高于 10 %；误报率——判定不少于 5 件且高于 30 %；反复点位——同点位同种类不少于 5 件。"
        ),
        (
            "Each event counts in exactly one row; rows add up to the total. Closing rate: closed of those filed that "
            "are neither false alarms nor merged. In time: closed in time of those closed or open and late. Reopened: of "
            "those closed or ever reopened. Returned: of those filed. False alarms: of those closed or false alarms. "
            "Times count from filing; P50 and P95 by nearest rank. In brackets: part/whole.\n"
            "Lines: a kind rises with at least 5 events and 1.5 times the month before; in time, at least 5 due and "
            "more than 10 points below the total; reopened, at least 5 and more than 10 %; false alarms, at least 5 "
            "judged and more than 30 %; a place repeats with at least 5 events of one kind."
        ),
    ),
}
"""Texts by name: Chinese, English."""

OUTCOMES: Final[dict[Outcome, tuple[str, str, str]]] = {
    Outcome.IN_TIME: ("按期结案", "closed in time", "#1a7a4c"),
    Outcome.LATE: ("超期结案", "closed late", "#b26a00"),
    Outcome.OPEN_IN_TIME: ("在办未超期", "open, in time", "#4c8dff"),
    Outcome.OPEN_LATE: ("在办已超期", "open, late", "#c8102e"),
    Outcome.UNFILED: ("未立案", "not filed", "#8a94a8"),
    Outcome.FALSE_ALARM: ("误报", "false alarm", "#7a5cc0"),
    Outcome.MERGED: ("已合并", "merged", "#b9c2d0"),
}
"""What became of an event: Chinese, English, the plots' colour."""
