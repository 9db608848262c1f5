// 服务器与边缘盒用英文说的话，值守员、处置人员、督导会看到的，用中文说。命名组填入 {空位}。
// What is not here is shown as it was said.

/** What boxes say. */
const BOXES: readonly (readonly [RegExp, string])[] = [
  [/^the box is overloaded: (?<looks>[\d.]+) looks a second instead of (?<wanted>[\d.]+)/, "边缘盒过载：每秒检测 {looks} 次，应为 {wanted} 次；请降低帧率、减少相机或换用更快的设备"],
  [/^no picture for (?<s>\d+) s/, "已 {s} 秒没有画面"],
  [/^the box did not answer within (?<s>[\d.]+) s/, "边缘盒 {s} 秒内没有应答"],
  [/^the box gives (?<n>[\d.]+) pictures a second/, "边缘盒每秒最多给 {n} 张图片"],
  [/^too many pictures/, "取图太频繁，请稍后再试"],
  [/^the broker is not connected/, "中心与消息服务器未连接"],
  [/^its box is offline/, "边缘盒离线"],
  [/^the camera sends no picture/, "相机没有画面"],
  [/^the picture could not be redacted$/, "图片未能完成遮盖，因此不提供"],
  [/^the command has expired/, "取图命令已过期"],
  [/^no camera is known to watch this place/, "没有相机看着此点位"],
];

/** Why an act is not done. */
const ACTS: readonly (readonly [RegExp, string])[] = [
  [/^\w+ needs it$/, "此项必填"],
  [/^\w+ does not take it here/, "此操作不需要这一项"],
  [/^there is no organisation/, "没有这个单位"],
  [/^there is no unit/, "没有这支力量"],
  [/^there is no org /, "没有这个单位"],
  [/^the responsibility list has no item (?<n>\d+) that people report/, "责任清单第 {n} 项不能人工上报"],
  [/^the responsibility list has no item (?<n>\d+)/, "责任清单中没有第 {n} 项"],
  [/^must lie in the future, at most a year ahead/, "须晚于现在，最长一年"],
  [/^that organisation has it already/, "该单位已在负责"],
  [/^say which organisation takes it over/, "请写明由哪个单位接管"],
  [/^nobody has asked for a pause/, "没有人申请挂账"],
  [/^say until when it is paused/, "请写明挂账至何时，须晚于现在"],
  [/^say why it is paused/, "请写明挂账理由"],
  [/^there is no such event/, "没有这个事件"],
  [/^an event cannot be part of itself/, "不能并入自身"],
  [/^(?<n>\S+) is not open by itself/, "事件 {n} 不是单独未结的事件"],
  [/^that unit has it already/, "已派给这支力量"],
  [/is not possible while the event is/, "事件的状态已变，现在不能这样做；请看最新情况"],
  [/is not possible while the task is/, "任务的状态已变，现在不能这样做"],
  [/this event takes one of the roles/, "您的角色不能对此事件执行该操作"],
  [/^no camera watches it/, "没有相机看着它，须由人处置并核查"],
  [/^the camera still sees it/, "相机仍看到该情况"],
  [/^the picture has not been clear for long enough; the camera may vouch from (?<time>[\d:]+) UTC/, "现场恢复的时间还不够，{time}（UTC）起可由相机核查"],
  [/^(?<who>.+) handled it, so another person or the camera has to check/, "{who} 处置了此事件，须由另一人或相机核查"],
  [/^it was not referred to your organisation/, "此事件没有转办给您的单位，请先由责任单位转办"],
  [/^who asks for a pause cannot approve it/, "申请挂账的人不能自己批准，须由另一位督导批准"],
  [/^there is no level above its owner/, "责任单位之上没有更高一级"],
  [/^the event has changed since you saw it/, "您看到之后事件已有变化；请看最新情况再决定"],
  [/^somebody did the same just now/, "刚刚有人做了同样的操作；请看最新情况"],
  [/^there is no event \d+ in a part of the city that you supervise/, "您督导的范围内没有这个事件"],
  [/^there is no event \d+/, "没有这个事件，或不在您的管辖范围内"],
];

/** Why a report, a picture or a letter is not taken. */
const PAPERS: readonly (readonly [RegExp, string])[] = [
  [/^send a JPEG, PNG or WebP/, "请发送 JPEG、PNG 或 WebP 图片"],
  [/^a picture has at most (?<mb>\d+) MiB/, "图片最大 {mb} MB，请缩小后再发"],
  [/^this server takes no pictures/, "此服务器不接收图片：它无法遮盖图片"],
  [/^the picture could not be redacted, so it was not kept/, "图片未能完成遮盖，因此没有保存；请重试，或不带图片上报"],
  [/^the file is empty/, "文件是空的"],
  [/^the file has (?<mb>[\d.]+) MB, over the limit of (?<most>\d+) MB/, "文件有 {mb} MB，超过 {most} MB 的上限；请缩小后再发"],
  [/^the picture has more than (?<most>\d+) million pixels/, "图片超过 {most} 百万像素的上限；请缩小后再发"],
  [/^the picture has (?<width>\d+) x (?<height>\d+) pixels, over the limit of (?<most>\d+) million/, "图片有 {width}×{height} 像素，超过 {most} 百万像素的上限；请缩小后再发"],
  [/^the picture has only (?<width>\d+) x (?<height>\d+) pixels/, "图片只有 {width}×{height} 像素，太小"],
  [/^it is not a picture that is read here/, "不是可识别的图片；请发送 JPEG、PNG 或 WebP"],
  [/^the picture is damaged or cut short/, "图片已损坏或不完整，请重新发送"],
  [/^the file holds (?<n>\d+) pictures/, "文件含 {n} 张图片；请发送单张静态图片"],
  [/^you have not uploaded a picture/, "图片已失效，请重新添加"],
  [/^to report takes one of the roles/, "您的角色不能上报"],
  [/^there is no place (?<id>.+) in a part of the city that you supervise/, "您督导的范围内没有这个点位"],
  [/^there is no place/, "没有这个点位"],
  [/^say where: a place/, "请写明地点：点位、地图位置或地址"],
  [/^must lie within the last thirty days/, "须在最近三十天内"],
  [/^say what is the matter/, "请写明情况"],
  [/^a letter is about an event or about a place/, "提示函须针对一个事件或一个点位，二者选一"],
  [/^the letter is no draft any more/, "提示函已不是草稿，不能再改"],
  [/is not possible: the letter is/, "提示函的状态已变，现在不能这样做"],
  [/^somebody else was faster/, "别人刚刚处理过；请看最新情况"],
  [/^the day to answer by has passed/, "复函期限已过，请先改为以后的日期"],
  [/^say what was answered/, "请写明对方的回复"],
  [/^there is no letter/, "没有这份提示函"],
  [/^the month has not begun/, "该月尚未开始"],
];

/** What may be said to anybody. */
const ALL: readonly (readonly [RegExp, string])[] = [
  [/^too many failed attempts under this name.*?(?<s>\d+) s/, "此账号失败次数过多，请 {s} 秒后再试"],
  [/^too many attempts from this address/, "此地址尝试过多，请稍后再试"],
  [/^name, password or code do not fit/, "用户名、密码或验证码不对"],
  [/^the code of the second factor is needed/, "还需要验证码"],
  [/^the code does not fit/, "验证码不对"],
  [/^the password does not fit/, "密码不对"],
  [/^it is the present one/, "与当前密码相同"],
  [/^the session has ended/, "登录已失效，请重新登录"],
  [/^sign in first/, "请先登录"],
  [/has not the role/, "您没有所需的角色"],
  [/^choose a password of your own first/, "请先设置自己的密码"],
  [/^the database does not answer/, "数据库没有应答，请稍后再试"],
  [/^something went wrong here/, "服务器出错，原因已写入日志"],
  [/^the request does not fit/, "填写的内容不符合要求"],
];

/** What pydantic says of a field. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^Field required/, "此项必填"],
  [/^String should have at least (?<n>\d+) character/, "至少 {n} 个字符"],
  [/^String should have at most (?<n>\d+) character/, "最多 {n} 个字符"],
  [/^String should match pattern/, "格式不对"],
  [/^Input should be greater than or equal to (?<n>[\d.-]+)/, "不能小于 {n}"],
  [/^Input should be less than or equal to (?<n>[\d.-]+)/, "不能大于 {n}"],
  [/^Input should be a valid/, "格式不对"],
];

export const SAID_ZH = [...BOXES, ...ACTS, ...PAPERS, ...ALL, ...FIELDS];
