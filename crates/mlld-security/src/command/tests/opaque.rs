//! What cannot be known, and what can (spec 06 §5.4).

use super::{allowed, denied, is_opaque};
use crate::command::{shell_targets, targets};

#[test]
fn what_cannot_be_known_falls_under_every_deny() {
    for line in [
        "$tool x",
        "\"$tool\" x",
        "${tool} x",
        "`ls` x",
        "./* x",
        "~/bin/x",
        "{git,push}",
        "g?t push",
        "[g]it push",
        "$'git' push",
        "eval $x",
        "sh -c \"$x\"",
        "sh -c $x",
        "sh file",
        "sh",
        "ls | sh",
        "ls | bash -s",
        "bash < f",
        "sh - -c ls",
        "bash --rcfile f -c ls",
        ". ./f",
        "source f",
        "alias a=b",
        "hash -p a b",
        "enable -f a b",
        "ls() { :; }",
        "PATH=. git",
        "env PATH=. git",
        "export PATH=.",
        "export LD_PRELOAD=x",
        "declare PATH=x",
        "read PATH",
        "read -r a IFS",
        "printf -v PATH x",
        "printf -vPATH x",
        "for PATH in .; do ls; done",
        "ls ${PATH:=.}",
        "ls ${IFS=.}",
        "export $x",
        "env -X git",
        "sudo -i",
        "sudo $x git",
        "timeout $x git",
        "xargs",
        "xargs sh -c",
        "xargs -I{} sh -c 'git {}'",
        "xargs -I% % x",
        "find . -exec {} \\;",
        "find $x",
        "git -c alias.x=y x",
        "git -c $x y",
        "git --config-env=a=b x",
        "git --exec-path=. x",
        "git fetch --upload-pack=x y",
        "git fetch --upload=x y",
        "git clone -c a=b u",
        "git clone ext::x",
        "git $x push",
        "mlld run x",
        "mlld",
        "mlld verify --x",
        "ls 'x",
        "ls \"x",
        "ls $(x",
        "ls `x",
        "ls ${x",
        "ls )",
        "(ls",
        "{ ls",
        "if ls",
        "fi",
        "done",
        "ls ;; ls",
        "ls \0 x",
        "ls a(b",
        "ls $[1+1]",
        "((i++))",
        "[[ a && b ]]",
        "function f { ls; }",
        "ls <<< x",
        "ls &> f",
        "x=(a b)",
        "ls <<$x\ny\n",
        "ls $((a))",
        "ls $\\\n(curl)",
        "ls <<\\\n-E\n\tE\ncurl x\n-E",
        "coproc ls",
        "trap \"$x\" EXIT",
        "ssh -o ProxyCommand=x h",
        "parallel ls",
        "time { ls; }",
        "let PATH=1",
        "declare -n x=PATH",
        "x[0]=1 ls",
        "ls ${x@P}",
        "ls ${!x}",
        "tar cIf a b",
        "flock f -x ls",
    ] {
        let targets = targets(line, &[]);
        assert!(is_opaque(&targets), "{line:?}: {targets:?}");
        assert!(denied(&targets, "op:cmd:anything:at:all"), "{line}");
        assert!(!allowed(&targets, "op:cmd:ls"), "{line}");
    }
}

#[test]
fn what_can_be_known_is_not_opaque() {
    for line in [
        "git -c user.name=x commit -m 'a b'",
        "git commit -c HEAD",
        "git switch -c topic",
        "sh -c 'ls -l'",
        "mlld verify a b",
        "ls \"$x\" ${y:-z} ${#a} ${b%c} *.txt",
        "A=1 ls",
        "export A=1",
        "for i in $x; do ls; done",
        "env A=1 ls",
        "find . -name '*.c' -exec ls {} \\;",
        "[ -f x ] && ls",
        "printf '%s\\n' \"$x\"",
        "ls $((1 + 2))",
        "ls ${x:0:3}",
        "ls {} a{b",
        "trap - EXIT",
        "exec 2>&1",
        "ls 2>/dev/null </dev/null >>f",
    ] {
        let targets = targets(line, &[]);
        assert!(!is_opaque(&targets), "{line}: {targets:?}");
    }
}

#[test]
fn a_word_that_is_not_known_may_be_any_sub_command() {
    for line in [
        "git $x",
        "git status $x",
        "git \"$x\"",
        "git *",
        "git ~",
        "git a$x",
        "xargs git",
    ] {
        let targets = targets(line, &[]);
        assert!(denied(&targets, "op:cmd:git:push"), "{line}: {targets:?}");
    }
    // An option stays an option.
    let targets = targets("ls --color=$x", &[]);
    assert!(!denied(&targets, "op:cmd:ls:push"));
    assert!(!denied(&targets, "op:cmd:git"));
}

#[test]
fn an_allow_of_the_known_sub_command_covers_what_may_follow() {
    assert!(allowed(&targets("git status $x", &[]), "op:cmd:git:status"));
    assert!(!allowed(
        &targets("git $x status", &[]),
        "op:cmd:git:status"
    ));
}

#[test]
fn bash_has_words_of_its_own() {
    for code in [
        "((1 < 2)); ls",
        "for ((;;)); do ls; done",
        "a=(x y); ls",
        "ls <<< x",
        "ls &> f",
        "[[ a < b || ( c =~ ^d|e$ ) ]]\nls",
        "ls ${a[@]} ${#a[@]}",
        "if [[ -f x ]]; then ls; fi",
        "local -a a=(\n'x' # y\nz)\nls",
    ] {
        let targets = shell_targets(code);
        assert!(!is_opaque(&targets), "{code}: {targets:?}");
        assert!(denied(&targets, "op:cmd:ls"), "{code}");
    }
    for code in [
        "((a++))",
        "[[ $a -eq 1 ]]",
        "a[$i]=1",
        "ls ${a[$i]}",
        "ls ${a:$i}",
        "{fd}>f ls",
        "[[ a # ]]",
        "(( 1 # $(ls)\n ))",
    ] {
        assert!(is_opaque(&shell_targets(code)), "{code}");
    }
    for code in [
        "ls $((1 + $(curl x)))",
        "a=($(curl x))",
        "[[ $(curl x) ]]",
        "ls <<< $(curl x)",
    ] {
        assert!(denied(&shell_targets(code), "op:cmd:curl"), "{code}");
    }
}
