//! Shadow functions, and executables as arguments.

use super::*;

fn run_helped(code: &str, host: &Bench) -> Result<Outcome, JsError> {
    let helpers = [
        Helper {
            name: "double",
            direct: true,
        },
        Helper {
            name: "la-bel",
            direct: false,
        },
        Helper {
            name: "fail",
            direct: true,
        },
    ];
    both(&Call {
        helpers: &helpers,
        ..call(code, &[], host)
    })
}

fn answering() -> Bench {
    Bench {
        answer: Some(|callee, args| match (callee, args.as_slice()) {
            (Callee::Helper(0), [Value::Number(n)]) => Ok(Value::Number(n * 2.0)),
            (Callee::Helper(1), [Value::Text(s)]) => Ok(Value::Text(ecow::eco_format!("[{s}"))),
            (Callee::Helper(2), [Value::Text(s)]) if s == "end" => {
                Err(Failure::End("refused".into()))
            }
            (Callee::Helper(2), _) => Err(Failure::Exception("it failed".into())),
            (Callee::Value(executable), args) => Ok(Value::Text(ecow::eco_format!(
                "{} got {}",
                executable.name,
                json(&Some(list(args.to_vec())))
            ))),
            (_, args) => Ok(list(
                args.iter()
                    .map(|arg| {
                        if matches!(arg, Value::Absent) {
                            text("absent")
                        } else {
                            arg.clone()
                        }
                    })
                    .collect(),
            )),
        }),
        ..Bench::default()
    }
}

#[test]
fn helpers_are_functions() {
    let host = answering();
    for (code, want) in [
        ("return double(21)", "42"),
        ("return (await la_bel('n=')) + double(4)", "\"[n=8\""),
        (
            "return [double(1), double(2)].map(double)",
            "[[2,0,[2,4]],[4,1,[2,4]]]",
        ),
        (
            "return [typeof double, double(1) instanceof Promise, la_bel('x') instanceof Promise]",
            r#"["function",false,true]"#,
        ),
        (
            "return Promise.all(['a', 'b'].map(s => la_bel(s)))",
            r#"["[a","[b"]"#,
        ),
        (
            "return double({ a: undefined, b: [1n, new Date(0)] }, undefined, x => x)",
            r#"[{"b":["1","1970-01-01T00:00:00.000Z"]},"absent","x => x"]"#,
        ),
        ("const double = n => n; return double(3)", "3"),
    ] {
        let outcome = run_helped(code, &host).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(json(&outcome.value), want, "{code}");
    }
}

#[test]
fn a_parameter_hides_a_helper() {
    let host = answering();
    let helpers = [Helper {
        name: "double",
        direct: true,
    }];
    let one = Value::Number(1.0);
    let params = [Param {
        name: "double",
        value: Some(&one),
    }];
    let given = Call {
        helpers: &helpers,
        ..call("double", &params, &host)
    };
    assert_eq!(json(&both(&given).unwrap().value), "1");
}

#[test]
fn a_failing_helper_can_be_caught() {
    let host = answering();
    assert_eq!(
        json(
            &run_helped(
                "try { fail(1) } catch (e) { return [e.message, e instanceof Error] }",
                &host
            )
            .unwrap()
            .value
        ),
        r#"["it failed",true]"#
    );
    let error = run_helped("1;\nfail(1)", &host).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str(), error.line),
        (JsErrorKind::Exception, "it failed", Some(2))
    );
    let error = run_helped(
        "try { fail((() => { const a = []; a.push(a); return a })()) } catch (e) { return e.message }",
        &host,
    );
    assert!(json(&error.unwrap().value).contains("contains itself"));
    let error = run_helped("fail({ get a() { throw new Error('own') } })", &host).unwrap_err();
    assert_eq!(error.message, "own");
}

#[test]
fn a_refusal_cannot_be_caught() {
    for code in [
        "try { fail('end') } catch {} return 1",
        "try { fail('end') } catch {} for (;;) {}",
        "try { fail('end') } catch {} for (;;) await null",
        "try { fail('end') } catch {} await new Promise(r => setTimeout(r, 1e9))",
        "await (async () => fail('end'))().catch(() => {}); return 1",
    ] {
        let host = answering();
        let error = run_helped(code, &host).unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (JsErrorKind::Refused, "refused"),
            "{code}"
        );
    }
}

#[test]
fn after_a_refusal_nothing_more_is_done() {
    let host = answering();
    let code =
        "try { fail('end') } catch {} try { double(1) } catch {} console.log('after'); return 1";
    assert!(run_helped(code, &host).is_err());
    // Once in each kind of engine.
    assert_eq!(host.calls.get(), 2);
    assert!(host.seen.borrow().is_empty());
}

#[test]
fn blocks_run_inside_of_blocks() {
    let host = Bench {
        answer: Some(|_, args| {
            let host = Bench::default();
            let params = [Param {
                name: "x",
                value: args.first(),
            }];
            let inner = super::super::run(&call(
                "inner = typeof outer; return [inner, x]",
                &params,
                &host,
            ));
            Ok(inner.unwrap().value.unwrap())
        }),
        ..Bench::default()
    };
    let helpers = [Helper {
        name: "nest",
        direct: true,
    }];
    let given = Call {
        helpers: &helpers,
        ..call(
            "outer = 1; const r = nest(5); return [r, typeof inner, outer]",
            &[],
            &host,
        )
    };
    assert_eq!(
        json(&both(&given).unwrap().value),
        r#"[["undefined",5],"undefined",1]"#
    );
}

#[test]
fn endless_nesting_is_an_error() {
    fn nest(_: Callee<'_>, _: Vec<Value>) -> Result<Value, Failure> {
        let host = Bench {
            answer: Some(nest),
            ..Bench::default()
        };
        let helpers = [Helper {
            name: "nest",
            direct: true,
        }];
        let given = Call {
            helpers: &helpers,
            ..call("return nest()", &[], &host)
        };
        run_in(false, &given)
            .map(|_| Value::Null)
            .map_err(|error| Failure::Exception(error.message))
    }
    let error = std::thread::spawn(|| nest(Callee::Helper(0), vec![]))
        .join()
        .unwrap()
        .unwrap_err();
    let Failure::Exception(message) = error else {
        panic!()
    };
    assert!(
        message.contains("js blocks run inside of each other"),
        "{message}"
    );
}

#[test]
fn an_executable_is_an_async_function() {
    let host = answering();
    let greet = Value::Executable(Arc::new(Executable {
        name: "greet".into(),
        params: vec!["a".into()],
        home: Default::default(),
    }));
    let x = object(vec![("f", greet.clone()), ("g", greet)]);
    let params = [Param {
        name: "x",
        value: Some(&x),
    }];
    let given = call(
        "return [typeof x.f, await x.f(1, ['b']), x.g() instanceof Promise]",
        &params,
        &host,
    );
    assert_eq!(
        json(&both(&given).unwrap().value),
        r#"["function","greet got [1,[\"b\"]]",true]"#
    );
}

#[test]
fn a_helper_kept_past_the_call_is_dead() {
    let host = answering();
    let helpers = [Helper {
        name: "double",
        direct: true,
    }];
    let leave = Call {
        helpers: &helpers,
        ..call(
            "globalThis.leak = double; setTimeout(() => double(1), 0); return 1",
            &[],
            &host,
        )
    };
    run_in(false, &leave).unwrap();
    let calls = host.calls.get();
    let look = call(
        "await new Promise(r => setTimeout(r, 3)); return typeof leak",
        &[],
        &host,
    );
    assert_eq!(json(&run_in(false, &look).unwrap().value), "\"undefined\"");
    assert_eq!(host.calls.get(), calls);
}
