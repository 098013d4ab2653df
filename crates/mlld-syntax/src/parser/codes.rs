//! Stable codes of the parser's findings, one per kind of mistake.
//!
//! A code never changes its meaning and is never given to another mistake. `E01…` are errors, `W01…` warnings.

/// Text where a directive is expected (strict mode), or text behind a directive.
pub(crate) const TEXT: &str = "E0101";
/// `"…"` is not closed on its line.
pub(crate) const UNCLOSED_DOUBLE: &str = "E0102";
/// `'…'` is not closed.
pub(crate) const UNCLOSED_SINGLE: &str = "E0103";
/// A backtick template is not closed, or a `/for` in it has no `/end`.
pub(crate) const UNCLOSED_BACKTICK: &str = "E0104";
/// `::…::`, `:::…:::` or `[[…]]` is not closed.
pub(crate) const UNCLOSED_TEMPLATE: &str = "E0105";
/// `[ …` of an array is not closed, or a comma is missing.
pub(crate) const UNCLOSED_ARRAY: &str = "E0106";
/// `{ …` of an object is not closed, or a comma is missing.
pub(crate) const UNCLOSED_OBJECT: &str = "E0107";
/// `(` is not closed.
pub(crate) const UNCLOSED_PAREN: &str = "E0108";
/// `[ …` of a block is not closed.
pub(crate) const UNCLOSED_BLOCK: &str = "E0109";
/// `{ …` of a code block or command is not closed.
pub(crate) const UNCLOSED_CODE: &str = "E0110";
/// `<…` of a file reference is not closed.
pub(crate) const UNCLOSED_FILE_REF: &str = "E0111";
/// A fence of a markdown document is not closed.
pub(crate) const UNCLOSED_FENCE: &str = "E0112";
/// A directive is not written as its grammar wants it.
pub(crate) const SYNTAX: &str = "E0113";
/// The value behind `=` is missing.
pub(crate) const MISSING_VALUE: &str = "E0114";
/// The `@` before a variable's name is missing.
pub(crate) const MISSING_AT: &str = "E0115";
/// The `=` is missing.
pub(crate) const MISSING_EQUALS: &str = "E0116";
/// What stands behind `@` is not a name.
pub(crate) const BAD_NAME: &str = "E0117";
/// `var @f() = …`.
pub(crate) const VAR_WITH_PARAMS: &str = "E0118";
/// `let` at the top level.
pub(crate) const LET_AT_TOP: &str = "E0119";
/// `var` inside a block.
pub(crate) const VAR_IN_BLOCK: &str = "E0120";
/// A directive that stands at the top level only, inside a block.
pub(crate) const TOP_LEVEL_ONLY: &str = "E0121";
/// A comment inside an array or object literal.
pub(crate) const COMMENT_IN_LITERAL: &str = "E0122";
/// `..@o`, or a spread in an array.
pub(crate) const BAD_SPREAD: &str = "E0123";
/// A statement block inside an array literal.
pub(crate) const BLOCK_IN_ARRAY: &str = "E0124";
/// White space is missing around an operator.
pub(crate) const OPERATOR_SPACES: &str = "E0125";
/// Nesting is deeper than 200 levels.
pub(crate) const TOO_DEEP: &str = "E0126";
/// A number is written in a way that mlld does not have.
pub(crate) const BAD_NUMBER: &str = "E0127";
/// An operator that mlld does not have: `===`, unary `-`.
pub(crate) const UNKNOWN_OPERATOR: &str = "E0128";
/// A pipe inside a branch of a ternary.
pub(crate) const PIPE_IN_TERNARY: &str = "E0129";
/// A stage of a pipeline is not one.
pub(crate) const BAD_STAGE: &str = "E0130";
/// `while` without its limit or its executable.
pub(crate) const BAD_WHILE: &str = "E0131";
/// A pipe where none may stand.
pub(crate) const PIPE_HERE: &str = "E0132";
/// `template "…"` outside of `exe`.
pub(crate) const TEMPLATE_KEYWORD: &str = "E0133";
/// `show` without an operand.
pub(crate) const SHOW_MISSING: &str = "E0134";
/// `show` with two operands.
pub(crate) const SHOW_TWO: &str = "E0135";
/// `show` of a command.
pub(crate) const SHOW_COMMAND: &str = "E0136";
/// A command of `run` without braces or quotes.
pub(crate) const RUN_BRACES: &str = "E0137";
/// `output` is not written as its grammar wants it.
pub(crate) const OUTPUT_SYNTAX: &str = "E0138";
/// `append` without `to`.
pub(crate) const APPEND_SYNTAX: &str = "E0139";
/// A label is not one, or there are too many.
pub(crate) const BAD_LABEL: &str = "E0140";
/// Commas between statements or entries of `when`.
pub(crate) const COMMA: &str = "E0141";
/// A slash before a statement of a block.
pub(crate) const SLASH_IN_BLOCK: &str = "E0142";
/// `=>` is not the last statement of its block, or may not stand there.
pub(crate) const RETURN_PLACE: &str = "E0143";
/// `@x = v`, or `+=` on something that is no plain variable.
pub(crate) const ASSIGNMENT: &str = "E0144";
/// `if` is not written as its grammar wants it.
pub(crate) const IF_SYNTAX: &str = "E0145";
/// `when` is not written as its grammar wants it.
pub(crate) const WHEN_SYNTAX: &str = "E0146";
/// `when any`, `when all`.
pub(crate) const WHEN_MODIFIER: &str = "E0147";
/// `none` at the wrong place.
pub(crate) const NONE_PLACE: &str = "E0148";
/// `when @c [ … ]` that could mean two things.
pub(crate) const WHEN_AMBIGUOUS: &str = "E0149";
/// `for` or `foreach` is not written as its grammar wants it.
pub(crate) const FOR_SYNTAX: &str = "E0150";
/// `loop` is not written as its grammar wants it.
pub(crate) const LOOP_SYNTAX: &str = "E0151";
/// `exe` is not written as its grammar wants it.
pub(crate) const EXE_SYNTAX: &str = "E0152";
/// A shell operator in `cmd { }`.
pub(crate) const SHELL_OPERATOR: &str = "E0153";
/// An interpolation inside of backquotes, `${…}` or `$((…))`, or a call in a command.
pub(crate) const SHELL_INTERPOLATION: &str = "E0154";
/// A working directory is not one.
pub(crate) const WORK_DIR: &str = "E0155";
/// An import or export is not written as its grammar wants it.
pub(crate) const IMPORT_SYNTAX: &str = "E0156";
/// `file` or `files` is not written as its grammar wants it.
pub(crate) const FILE_SYNTAX: &str = "E0157";
/// A file reference is not written as its grammar wants it.
pub(crate) const FILE_REF: &str = "E0158";
/// `policy`, `auth`, `needs` or `profiles` is not written as its grammar wants it.
pub(crate) const POLICY_SYNTAX: &str = "E0159";
/// A guard is not written as its grammar wants it.
pub(crate) const GUARD_SYNTAX: &str = "E0160";
/// A hook or a checkpoint is not written as its grammar wants it.
pub(crate) const HOOK_SYNTAX: &str = "E0161";
/// `sign` or `verify` is not written as its grammar wants it.
pub(crate) const SIGN_SYNTAX: &str = "E0162";
/// `box` is not written as its grammar wants it.
pub(crate) const BOX_SYNTAX: &str = "E0163";
/// `with { … }` or `using …` is not written as its grammar wants it.
pub(crate) const WITH_SYNTAX: &str = "E0164";
/// An access behind a path is not one.
pub(crate) const BAD_ACCESS: &str = "E0165";
/// A regex literal is not one.
pub(crate) const BAD_REGEX: &str = "E0166";
/// A fence with `mlld-run` that has more than three backticks.
pub(crate) const RUN_FENCE: &str = "E0167";
/// A time span is not one.
pub(crate) const BAD_DURATION: &str = "E0168";
/// A feature of a later version.
pub(crate) const NOT_SUPPORTED: &str = "E0169";
/// A bare word where a value is expected.
pub(crate) const BARE_WORD: &str = "E0170";
/// `name?` before a quote takes the next text in as a fragment.
pub(crate) const FRAGMENT_TRAP: &str = "W0101";
/// The older order of `for parallel`.
pub(crate) const OLD_PARALLEL: &str = "W0102";
