//! What-ifs: merge patches on the canonical network.

use super::{after, clean, one};

const BASE: &str = "
network:
  networkSecurityGroups:
    n:
      securityRules:
        a: {priority: 100, access: Allow}
        b: {priority: 200, access: Deny}
  virtualNetworks: {v: {addressSpace: {addressPrefixes: [10.0.0.0/16]}}}
";

fn patched(patch: &str) -> (String, Vec<&'static str>) {
    after(&format!("{BASE}whatIf: {{w: {{patch: {patch}}}}}\n"))
}

fn codes(patch: &str) -> Vec<&'static str> {
    patched(patch).1
}

#[test]
fn rfc_7396_with_azures_letter_case() {
    let rest = "virtualNetworks:{v:{addressPrefixes:[10.0.0.0/16]}}";
    let (network, codes) =
        patched("{NetworkSecurityGroups: {N: {securityrules: {A: null, b: {Access: allow}, c: {priority: 5}}}}}");
    assert_eq!(codes, [""; 0]);
    assert_eq!(
        network,
        format!(
            "{{networkSecurityGroups:{{n:{{securityRules:{{b:{{priority:200,access:Allow}},c:{{priority:5}}}}}}}},{rest}}}"
        )
    );
}

#[test]
fn every_way_of_writing_patches() {
    let (network, codes) =
        patched("{virtualNetworks: [{name: v, properties: {addressSpace: {addressPrefixes: [10.1.0.0/16]}}}]}");
    assert_eq!(codes, [""; 0]);
    assert!(network.ends_with("virtualNetworks:{v:{addressPrefixes:[10.1.0.0/16]}}}"), "{network}");
    let (network, codes) = patched("{virtualNetworks: {v: {addressSpace: null}}}");
    assert_eq!(codes, [""; 0]);
    assert!(network.ends_with("virtualNetworks:{v:{}}}"), "{network}");
}

#[test]
fn a_patch_without_effect() {
    for patch in [
        "{}",
        "{networkSecurityGroups: {}}",
        "{networkSecurityGroups: {n: {securityRules: {c: null}}}}",
        "{networkSecurityGroups: {m: null}}",
        "{routeTables: null}",
        "{networkSecurityGroups: {n: {securityRules: {a: {priority: 100}}}}}",
        "{networkSecurityGroups: {n: {securityRules: {a: {priority: 100}, b: null}}}}",
        "{networkSecurityGroups: {n: {securityRules: {a: null, c: null}}}}",
        "{virtualNetworks: {v: {addressPrefixes: [10.0.0.0/16]}}}",
    ] {
        assert_eq!(codes(patch), ["patch-without-effect"], "{patch}");
    }
}

#[test]
fn a_rule_written_out_whole_may_repeat_itself() {
    assert_eq!(codes("{networkSecurityGroups: {n: {securityRules: {a: {priority: 100, access: Deny}}}}}"), [""; 0]);
}

#[test]
fn a_list_written_out_whole_may_repeat_its_elements() {
    let rules =
        |rest: &str| format!("{{networkSecurityGroups: {{n: {{securityRules: [{{name: a, priority: 100}}{rest}]}}}}}}");
    assert_eq!(codes(&rules(", {name: new, priority: 300}")), [""; 0]);
    assert_eq!(codes(&rules("")), ["patch-without-effect"]);
}

#[test]
fn a_deletion_of_nothing_names_the_nearest() {
    let base = clean(&format!(
        "{BASE}whatIf: {{w: {{patch: {{networkSecurityGroups: {{n: {{securityRules: {{aa: null}}}}}}}}}}}}\n"
    ));
    let mut diagnostics = crate::diagnostic::Diagnostics::default();
    crate::scenario::overlay(&base, &base.what_if[0], &mut diagnostics);
    assert_eq!(diagnostics.iter().next().unwrap().help.as_deref(), Some("did you mean `a`?"));
}

#[test]
fn default_rules_stay_to_be_refused() {
    let (network, codes) = patched("{networkSecurityGroups: {n: {defaultSecurityRules: {DenyAllInBound: null}}}}");
    assert_eq!(codes, [""; 0]);
    assert!(network.contains("defaultSecurityRules:{DenyAllInBound:null}"), "{network}");
}

#[test]
fn a_patched_value_lies_in_the_patch() {
    let text = format!(
        "{BASE}whatIf: {{w: {{patch: {{networkSecurityGroups: {{n: {{securityRules: {{a: {{access: Deny}}}}}}}}}}}}}}\n"
    );
    let base = clean(&text);
    let changed = crate::scenario::overlay(&base, &base.what_if[0], &mut crate::diagnostic::Diagnostics::default());
    let rule = changed
        .network
        .get("networkSecurityGroups")
        .unwrap()
        .get("n")
        .unwrap()
        .get("securityRules")
        .unwrap()
        .get("a")
        .unwrap();
    assert!(rule.get("access").unwrap().span.start as usize > BASE.len());
    assert!((rule.get("priority").unwrap().span.start as usize) < BASE.len());
}

#[test]
fn what_ifs_as_written() {
    one("whatIf: {w: {expect: []}}", "patch-without-effect", "w");
    one("whatIf: {w: 3}", "wrong-type", "3");
    one("whatIf: {w: {patsch: {}, settings: {a: b}}}", "unknown-key", "patsch");
    one("whatIf: {w: {patch: {virtualNetwork: {}}}}", "unknown-key", "virtualNetwork");
    let read = clean(
        "settings: {peeringForwardedFlag: strict}\nwhatIf: {w: {settings: {peeringForwardedFlag: tagOnly}, expect: [{allowed: a -> b}]}}",
    );
    let mut diagnostics = crate::diagnostic::Diagnostics::default();
    let changed = crate::scenario::overlay(&read, &read.what_if[0], &mut diagnostics);
    assert_eq!(changed.settings.last().unwrap().2.as_str(), Some("tagOnly"));
    assert_eq!(changed.expect.len(), 1);
}
