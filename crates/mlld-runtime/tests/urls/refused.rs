//! What is not fetched: by lists, by the address that a host has, by policy.

use super::web::Web;
use super::{allowed, configured, fails, script, with};
use mlld_runtime::{Domains, UrlOptions};

fn site() -> Web {
    Web::pages(&[
        ("/t", "text/plain", "text"),
        ("/metadata", "-> http://169.254.169.254/latest", ""),
        ("/private", "-> http://10.0.0.1/", ""),
        ("/mapped", "-> http://[::ffff:10.0.0.1]/", ""),
        ("/decimal", "-> http://2852039166/", ""),
        ("/unspecified", "-> http://0.0.0.0:1/", ""),
        ("/file", "-> file:///etc/passwd", ""),
        ("/ftp", "-> ftp://127.0.0.1/", ""),
        ("/user", "-> http://a:b@127.0.0.1/", ""),
        ("/blocked", "-> http://blocked.example/", ""),
    ])
}

#[test]
fn lists_of_domains_hold() {
    let web = site();
    let blocked = |entry: &str| UrlOptions {
        blocked: Domains::parse([entry]).unwrap(),
        ..UrlOptions::default()
    };
    for (options, url, expected) in [
        (
            blocked("blocked.example"),
            "https://blocked.example/x.txt",
            "Domain blocked: blocked.example",
        ),
        (
            blocked("blocked.example"),
            "https://A.Blocked.Example./x",
            "Domain blocked: a.blocked.example",
        ),
        (
            blocked("127.0.0.1"),
            "http://0x7f.1/x",
            "Domain blocked: 127.0.0.1",
        ),
        (
            blocked("localhost"),
            "http://localhost.:1/x",
            "Domain blocked: localhost",
        ),
        (
            allowed(&["a.example"]),
            "https://b.example/x",
            "Domain not allowed: b.example",
        ),
        (
            allowed(&["a.example"]),
            "https://xa.example/x",
            "Domain not allowed: xa.example",
        ),
        (
            allowed(&[]),
            "http://127.0.0.1/x",
            "Domain not allowed: 127.0.0.1",
        ),
    ] {
        let ran = with(options, &format!("var @v = <{url}>?\nshow 'on'"));
        fails(&ran, expected);
        assert_eq!(ran.out, "", "{url}");
    }
    let load = format!("show <{}>", web.url("/t"));
    assert_eq!(with(allowed(&["127.0.0.1"]), &load).good(), "text\n");
    let redirect = format!("show <{}>", web.url("/blocked"));
    fails(
        &with(blocked("blocked.example"), &redirect),
        "Domain blocked: blocked.example",
    );
    fails(
        &with(allowed(&["127.0.0.1"]), &redirect),
        "Domain not allowed: blocked.example",
    );
}

#[test]
fn the_list_of_the_configuration_holds_too() {
    let web = site();
    let config = r#"{"security":{"allowedDomains":["a.example","127.0.0.1"]}}"#;
    assert_eq!(
        configured(config, &format!("show <{}>", web.url("/t"))).good(),
        "text\n"
    );
    fails(
        &configured(config, "show <https://b.example/>"),
        "Domain not allowed: b.example",
    );
    // A list in the call does not widen it.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mlld-config.json"), config).unwrap();
    let options = mlld_runtime::RunOptions {
        urls: allowed(&["b.example"]),
        ..super::options()
    };
    for url in ["https://b.example/", "https://a.example/"] {
        let ran = super::run_with(folder.path(), &options, &format!("show <{url}>"));
        fails(&ran, "Domain not allowed:");
    }
    fails(
        &configured(
            r#"{"security":{"allowedDomains":["https://x"]}}"#,
            "show 'on'",
        ),
        "'security.allowedDomains' has an entry that is no domain: 'https://x'",
    );
}

#[test]
fn addresses_that_are_not_public() {
    for url in [
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0xa9fea9fe/",
        "http://[fd00::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://192.0.2.1/",
    ] {
        fails(
            &script(&format!("var @v = <{url}>?\nshow 'on'")),
            "ACCESS_DENIED Address not allowed:",
        );
    }
}

#[test]
fn a_redirect_does_not_lead_inside() {
    let web = site();
    for (path, expected) in [
        ("/metadata", "Address not allowed: 169.254.169.254"),
        ("/private", "Address not allowed: 10.0.0.1"),
        (
            "/mapped",
            "Address not allowed: 10.0.0.1 is a private address",
        ),
        ("/decimal", "Address not allowed: 169.254.169.254"),
        ("/unspecified", "Address not allowed: 0.0.0.0"),
        ("/file", "only http: and https: are fetched"),
        ("/ftp", "only http: and https: are fetched"),
        ("/user", "a name or password in a URL is not sent"),
    ] {
        // Neither `?` nor a text gets over it.
        let url = web.url(path);
        for main in [
            format!("var @v = <{url}>?\nshow 'on'"),
            format!("show `<{url}>`"),
            format!("show @exists(<{url}>)"),
        ] {
            let ran = script(&main);
            fails(&ran, expected);
            assert_eq!(ran.out, "", "{main}");
        }
    }
}

#[test]
fn this_machine_is_reached_by_what_the_script_writes() {
    let inner = site();
    let to_inner: &'static str = Box::leak(format!("-> {}", inner.url("/t")).into_boxed_str());
    let by_name = format!("-> http://localhost:{}/t", inner.port);
    let by_name: &'static str = Box::leak(by_name.into_boxed_str());
    let outer = Web::pages(&[
        ("/inner", to_inner, ""),
        ("/name", by_name, ""),
        ("/same", "-> /here", ""),
        ("/here", "text/plain", "here"),
        ("/told", "text/plain", to_inner.trim_start_matches("-> ")),
    ]);
    let load = |path: &str| format!("show <{}>", outer.url(path));
    // A redirect stays at the place that the script names.
    assert_eq!(script(&load("/same")).good(), "here\n");
    fails(&script(&load("/inner")), "Address not allowed: 127.0.0.1");
    fails(&script(&load("/name")), "Address not allowed: localhost");
    // Data does not lead there.
    let told = format!("var @u = <{}>\nshow <@u>", outer.url("/told"));
    fails(&script(&told), "Address not allowed: 127.0.0.1");
    assert!(inner.asked().is_empty());
    let text = format!("var @u = '{}'\nshow <@u>", inner.url("/t"));
    assert_eq!(script(&text).good(), "text\n");
    // Who lists the hosts has said that they may be reached.
    let both = || allowed(&["127.0.0.1", "localhost"]);
    for main in [load("/inner"), load("/name"), told] {
        assert_eq!(with(both(), &main).good(), "text\n", "{main}");
    }
    let config = r#"{"security":{"trustedDomains":["127.0.0.1"]}}"#;
    assert_eq!(configured(config, &load("/inner")).good(), "text\n");
    let reserved = format!("show <http://0.0.0.0:{}/t>", inner.port);
    fails(&script(&reserved), "Address not allowed: 0.0.0.0");
    assert_eq!(with(allowed(&["0.0.0.0"]), &reserved).good(), "text\n");
    // A name in the list does not stand for link-local addresses.
    fails(
        &with(
            allowed(&["169.254.169.254.example", "127.0.0.1"]),
            &format!("show <{}>", site().url("/metadata")),
        ),
        "Domain not allowed: 169.254.169.254",
    );
}

#[test]
fn what_is_no_url() {
    for (url, expected) in [
        (
            "http://a:b@h.example/",
            "a name or password in a URL is not sent",
        ),
        (
            "https://user@h.example/",
            "a name or password in a URL is not sent",
        ),
        ("http://h.example:99999/", "Failed to load content"),
        ("https://a%00b.example/", "Failed to load content"),
    ] {
        fails(&script(&format!("show <{url}>")), expected);
    }
    assert_eq!(
        script("var @v = <http://h.example:99999/>?\nshow `[@v]`").good(),
        "[null]\n"
    );
}

#[test]
fn a_secret_does_not_leave_in_an_address() {
    let web = site();
    let main = |policy: &str| {
        format!(
            "policy @p = {policy}\nvar secret @key = 'k1'\nvar @u = `{}?@key`\nshow 'on'\nvar @v = <@u>?\nshow 'sent'",
            web.url("/t")
        )
    };
    for policy in [
        "{ labels: { secret: { deny: ['op:read'] } } }",
        "{ labels: { secret: { deny: ['net:w'] } } }",
        "{ labels: { secret: { deny: ['net'] } } }",
        "{ defaults: { rules: ['no-secret-exfil'] }, operations: { exfil: ['net:w'] } }",
    ] {
        let ran = script(&main(policy));
        assert!(
            ran.error().starts_with("POLICY"),
            "{policy}: {}",
            ran.error()
        );
        assert_eq!(ran.out, "on\n", "{policy}");
        assert!(!ran.error().contains("k1"), "{}", ran.error());
    }
    assert!(web.asked().is_empty());
    // Without data in the address nothing is sent away.
    let plain = format!(
        "policy @p = {{ labels: {{ secret: {{ deny: ['net:w', 'op:read'] }} }} }}\nshow <{}>",
        web.url("/t")
    );
    assert_eq!(script(&plain).good(), "text\n");
    // An allow rule for reading is enough to read.
    let read = main("{ labels: { secret: { deny: ['op'], allow: ['op:read', 'op:show'] } } }");
    assert_eq!(script(&read).good(), "on\nsent\n");
}

#[test]
fn errors_do_not_show_what_an_address_was_made_of() {
    let web = Web::pages(&[("/m.mld?k1", "text/plain", "show @gone\nvar @x = @nobody\n")]);
    let secret = "var secret @key = 'k1'\n";
    for main in [
        format!("var @u = `{}?@key`\nshow <@u>", web.url("/none")),
        "var @u = `http://10.0.0.1/@key`\nshow <@u>".to_owned(),
        "var @u = `ftp://h.example/@key`\nshow <@u>".to_owned(),
        "var @u = `http://@key:99999/`\nshow <@u>".to_owned(),
        format!("import {{ @x }} from \"{}?@key\"", web.url("/none.mld")),
        format!("import {{ @x }} from \"{}?@key\"", web.url("/m.mld")),
        "import { @x } from \"http://192.0.2.1/@key\\.mld\"".to_owned(),
    ] {
        let ran = script(&format!("{secret}{main}"));
        let report = ran.result.as_ref().err().unwrap();
        let told = format!("{report:?}{}", ran.err);
        // The declaration itself is not shown either.
        assert!(!told.contains("k1"), "{main}\n{told}");
    }
}

#[test]
fn a_secret_does_not_decide_what_is_fetched() {
    let web = site();
    let main = format!(
        "policy @p = {{ defaults: {{ implicitflows: 'track' }}, labels: {{ secret: {{ deny: ['net:w'] }} }} }}\nvar secret @s = true\nif @s [ let @v = <{}> ]",
        web.url("/t")
    );
    let ran = script(&main);
    assert!(ran.error().starts_with("POLICY"), "{}", ran.error());
    assert!(web.asked().is_empty());
}

#[test]
fn a_policy_judges_what_came() {
    let web = site();
    let main = format!(
        "policy @p = {{ labels: {{ 'src:network': {{ deny: ['op:show'] }} }} }}\nshow <{}>",
        web.url("/t")
    );
    let ran = script(&main);
    assert!(ran.error().starts_with("POLICY"), "{}", ran.error());
    // Where a redirect leads is what the network says.
    let follow = Web::pages(&[("/a", "-> /b", ""), ("/b", "text/plain", "b")]);
    let main = format!(
        "policy @p = {{ labels: {{ 'src:network': {{ deny: ['op:read'] }} }} }}\nshow <{}>",
        follow.url("/a")
    );
    assert!(script(&main).error().starts_with("POLICY"));
    assert_eq!(follow.asked(), ["/a"]);
}

#[test]
fn what_may_be_changed_on_the_way_is_said() {
    let web = site();
    let url = format!("http://0.0.0.0:{}/t", web.port);
    let ran = with(allowed(&["0.0.0.0"]), &format!("show <{url}>"));
    assert_eq!(ran.good(), "text\n");
    assert_eq!(
        ran.err,
        format!("Warning: Using insecure HTTP protocol for {url}\n")
    );
    let secret = format!("var secret @s = 'k1'\nvar @u = `{url}?@s`\nshow <@u>");
    let secret = with(allowed(&["0.0.0.0"]), &secret);
    assert!(
        secret
            .err
            .starts_with("Warning: Using insecure HTTP protocol for [withheld"),
        "{}",
        secret.err
    );
    assert!(!secret.err.contains("k1"));
    assert_eq!(script(&format!("show <{}>", web.url("/t"))).err, "");
}
