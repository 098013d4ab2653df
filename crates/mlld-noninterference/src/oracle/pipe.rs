//! Pipelines (spec 03).

use super::call::Called;
use super::methods::{parse, transform};
use super::render::template;
use super::statements::Flow;
use super::value::{Labelled, Labels, Value, put};
use super::{Eval, Oracle, Stop, error};
use crate::ast::{Body, Call, Expr, Stage};
use crate::observe::Kind;

impl<'s> Oracle<'s> {
    /// A value that goes through stages.
    pub(super) fn stages(
        &mut self,
        value: Labelled,
        stages: &'s [Stage],
        leading: bool,
    ) -> Eval<Labelled> {
        let mut value = value;
        let mut after_group = leading;
        let mut passed = 0;
        for (at, stage) in stages.iter().enumerate() {
            if after_group && matches!(stage, Stage::Show(_)) {
                // All effects behind a group, for each member's result in turn (spec 03 §6).
                let own: Vec<&Stage> = stages
                    .iter()
                    .skip(at)
                    .take_while(|s| matches!(s, Stage::Show(_)))
                    .collect();
                for member in self.members.clone() {
                    for stage in &own {
                        self.passing(&member, stage)?;
                    }
                }
                self.look(&value.labels);
                after_group = false;
                passed = own.len();
            }
            if passed > 0 {
                passed -= 1;
                continue;
            }
            if self.passing(&value, stage)? {
                continue;
            }
            after_group = matches!(stage, Stage::Group(_));
            let before = value.labels.clone();
            value = self.stage(value, stage)?.with(&before);
            if value.value == Value::Null || value.value == Value::text("") {
                // The effects of this stage run all the same (spec 03 §6).
                let own = stages
                    .iter()
                    .skip(at + 1)
                    .take_while(|s| matches!(s, Stage::Show(_)));
                let empty = Labelled::new(Value::text(""), value.labels);
                for stage in own {
                    self.passing(&empty, stage)?;
                }
                return Ok(empty);
            }
        }
        let only_effects = stages.iter().all(|s| matches!(s, Stage::Show(_)));
        if !only_effects && let Value::Text(text) = &value.value {
            let trimmed = text.trim();
            if trimmed.starts_with(['{', '['])
                && let Some(parsed) = parse(trimmed)
            {
                value.value = parsed;
            }
        }
        Ok(value)
    }

    /// An effect that a value passes through.
    fn passing(&mut self, value: &Labelled, stage: &Stage) -> Eval<bool> {
        let Stage::Show(log) = stage else {
            return Ok(false);
        };
        self.look(&value.labels);
        let kind = if *log { Kind::Stderr } else { Kind::Shown };
        self.effect(kind, None, template(&value.value), &value.labels)?;
        Ok(true)
    }

    fn stage(&mut self, value: Labelled, stage: &'s Stage) -> Eval<Labelled> {
        match stage {
            Stage::Builtin(name) => {
                self.look(&value.labels);
                match transform(name, &value.value) {
                    Some(out) => Ok(Labelled::new(out, value.labels)),
                    None => error(format!("Transformer {name} failed")),
                }
            }
            Stage::Call(call) => {
                self.input.push(value.clone());
                let args = self.args(&call.args);
                self.input.pop();
                self.stage_call(&call.name, value, args?)
            }
            Stage::Group(calls) => self.group(Some(value), calls),
            Stage::While(limit, name) => self.while_stage(value, *limit, name),
            Stage::Object(entries) => {
                self.input.push(value.clone());
                let result = self.inline_object(entries);
                self.input.pop();
                Ok(result?.with(&value.labels))
            }
            Stage::Show(_) => Ok(value),
        }
    }

    fn inline_object(&mut self, entries: &'s [(String, Expr)]) -> Eval<Labelled> {
        let mut out = Vec::new();
        let mut labels = Labels::default();
        for (key, entry) in entries {
            let entry = self.read(entry)?;
            labels.add(&entry.labels);
            put(&mut out, key, entry.value);
        }
        Ok(Labelled::new(Value::Object(out), labels))
    }

    fn stage_call(&mut self, name: &str, input: Labelled, extra: Vec<Labelled>) -> Eval<Labelled> {
        let (_, exe, _) = self.find(name)?;
        let parses = matches!(
            &exe.body,
            Body::Js(_) | Body::Value(Expr::For(_) | Expr::Foreach(..) | Expr::Loop(..))
        );
        let mut args = vec![match &input.value {
            Value::Text(text) if parses => {
                let parsed = parse(text).filter(|v| !matches!(v, Value::Text(_)));
                Labelled::new(
                    parsed.unwrap_or_else(|| input.value.clone()),
                    input.labels.clone(),
                )
            }
            _ => input.clone(),
        }];
        args.extend(extra);
        while args.len() < exe.params.len() {
            args.push(Labelled::plain(Value::text("")));
        }
        Ok(self.call_value(name, args)?.with(&input.labels))
    }

    /// A parallel group: the array of what its members give.
    pub(super) fn group(&mut self, input: Option<Labelled>, calls: &'s [Call]) -> Eval<Labelled> {
        let mut out = Vec::new();
        let mut members = Vec::new();
        let mut labels = input.as_ref().map(|v| v.labels.clone()).unwrap_or_default();
        for call in calls {
            if let Some(input) = &input {
                self.input.push(input.clone());
            }
            let args = self.args(&call.args);
            if input.is_some() {
                self.input.pop();
            }
            let value = args.and_then(|args| match &input {
                Some(input) => self.stage_call(&call.name, input.clone(), args),
                None => self.call_value(&call.name, args),
            });
            let value = value.map_err(Stop::gathered)?;
            labels.add(&value.labels);
            let member_labels = value.labels.clone();
            out.push(match value.value {
                Value::Null => Value::text(""),
                Value::Bool(_) | Value::Num(_) => Value::Text(template(&value.value)),
                value => value,
            });
            if let Some(value) = out.last() {
                members.push(Labelled::new(value.clone(), member_labels));
            }
        }
        self.members = members;
        Ok(Labelled::new(Value::List(out), labels))
    }

    fn while_stage(&mut self, value: Labelled, limit: i32, name: &str) -> Eval<Labelled> {
        let mut state = value;
        let mut labels = state.labels.clone();
        for _ in 0..limit {
            let Called { flow, labels: read } = self.call_flow(name, vec![state.clone()])?;
            labels.add(&read);
            match flow {
                Flow::Done(value, at) => {
                    let done = value.unwrap_or(state).with(&labels);
                    return Ok(done.with(&at));
                }
                Flow::Continue(value, at) => {
                    labels.add(&at);
                    state = value.unwrap_or(state);
                }
                Flow::Return(value) => {
                    if value.value != Value::Null {
                        state = value;
                    }
                }
                Flow::Next | Flow::Skip(_) => {}
            }
            state.labels.add(&labels);
        }
        error("While loop reached cap without 'done'")
    }
}
