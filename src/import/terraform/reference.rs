//! References as a plan's configuration writes them, and the addresses of resources, which have the same form.
//!
//! In: `module.net["eu"].azurerm_subnet.app[0].id`. Out: its steps. Deliberately absent: what they lead to.

/// One step of a reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Step {
    /// `.name`.
    Name(String),
    /// `[0]`, `["eu"]`: the key of one of several.
    Key(String),
}

impl Step {
    /// The text of a `.name`.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Step::Name(text) => Some(text),
            Step::Key(_) => None,
        }
    }

    /// The key of one of several; in old plans a number may stand behind a dot.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Step::Key(text) => Some(text),
            Step::Name(text) => text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text.as_str()),
        }
    }
}

/// A module call, with the key of one of several.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) key: Option<String>,
}

/// The steps of a reference or address.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        rest = match rest.strip_prefix('[') {
            Some(inner) => bracket(inner, &mut found),
            None => {
                let bare = rest.strip_prefix('.').unwrap_or(rest);
                let end = bare.find(['.', '[']).unwrap_or(bare.len());
                found.extend((end > 0).then(|| Step::Name(bare[..end].to_owned())));
                &bare[end..]
            }
        };
    }
    found
}

/// What stands between brackets, and what is behind them.
fn bracket<'t>(inner: &'t str, found: &mut Vec<Step>) -> &'t str {
    let Some(quoted) = inner.strip_prefix('"') else {
        let end = inner.find(']').unwrap_or(inner.len());
        found.push(Step::Key(inner[..end].to_owned()));
        return inner.get(end + 1..).unwrap_or_default();
    };
    let mut key = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                found.push(Step::Key(key));
                let behind = &quoted[at + 1..];
                return behind.strip_prefix(']').unwrap_or(behind);
            }
            '\\' => key.extend(letters.next().map(|(_, letter)| letter)),
            letter => key.push(letter),
        }
    }
    found.push(Step::Key(key));
    ""
}

/// The module calls at the front of an address, and what is behind them.
pub(super) fn calls(steps: &[Step]) -> (Vec<Call>, &[Step]) {
    let (mut calls, mut rest) = (Vec::new(), steps);
    while let [Step::Name(word), Step::Name(name), behind @ ..] = rest
        && word == "module"
    {
        let key = behind.first().and_then(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None });
        rest = if key.is_some() { &behind[1..] } else { behind };
        calls.push(Call { name: name.clone(), key });
    }
    (calls, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_steps() {
        let words = |text: &str| -> Vec<String> {
            let show = |step: &Step| match step {
                Step::Name(name) => name.clone(),
                Step::Key(key) => format!("[{key}]"),
            };
            steps(text).iter().map(show).collect()
        };
        assert_eq!(words("azurerm_subnet.app[0].id"), ["azurerm_subnet", "app", "[0]", "id"]);
        assert_eq!(
            words(r#"module.net["a.b]\"c"].azurerm_subnet.x"#),
            ["module", "net", "[a.b]\"c]", "azurerm_subnet", "x"]
        );
        assert_eq!(words(r#"x["open"#), ["x", "[open]"]);
        assert_eq!(words("x[7"), ["x", "[7]"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn modules_stand_in_front() {
        let all = steps(r#"module.a["k"].module.b.azurerm_subnet.x"#);
        let (calls, rest) = calls(&all);
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0], Call { name: "a".into(), key: Some("k".into()) });
        assert_eq!(calls[1], Call { name: "b".into(), key: None });
        assert_eq!(rest.len(), 2);
    }
}
