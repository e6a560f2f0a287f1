//! Functions against the examples of Microsoft's reference.

use super::super::tests::{evaluated, json};

/// Expressions, each with the JSON of its value.
fn hold(rows: &[(&str, &str)]) {
    for (expression, expected) in rows {
        assert_eq!(evaluated(expression), json(expected), "{expression}");
    }
}

#[test]
fn strings() {
    hold(&[
        ("concat('prefix', '-', 'a')", r#""prefix-a""#),
        ("format('{0}, {1}. Formatted number: {2:D3}', 'Hello', 'User', 7)", r#""Hello, User. Formatted number: 007""#),
        ("format('{{{0}}}', 1)", r#""{1}""#),
        (
            "format('{0}, {1}. Formatted number: {2:N0}', 'Hello', 'User', 8175133)",
            r#""Hello, User. Formatted number: 8,175,133""#,
        ),
        ("format('{0:N} {1:F1} {2:X4} {0,4}|', sub(0, 12), 3, 255)", r#""-12.00 3.0 00FF  -12|""#),
        ("dataUriToString(dataUri('Hello'))", r#""Hello""#),
        ("toUpper(toLower('One'))", r#""ONE""#),
        ("substring('one two three', 4, 3)", r#""two""#),
        ("split('one;two,three', createArray(',', ';'))", r#"["one", "two", "three"]"#),
        ("join(createArray('one', 'two'), ',')", r#""one,two""#),
        ("replace('123-123-1234', '-', '')", r#""1231231234""#),
        ("padLeft('123', 10, '0')", r#""0000000123""#),
        ("startsWith('abcdef', 'AB')", "true"),
        ("endsWith('abcdef', 'xy')", "false"),
        ("indexOf('test', 'T')", "0"),
        ("lastIndexOf('abcdef', 'AB')", "0"),
        ("trim('    one two three   ')", r#""one two three""#),
        ("take('one', 2)", r#""on""#),
        ("skip('one two three', 4)", r#""two three""#),
        ("last('One Two Three')", r#""e""#),
        ("base64('one, two, three')", r#""b25lLCB0d28sIHRocmVl""#),
        ("base64ToString('b25lLCB0d28sIHRocmVl')", r#""one, two, three""#),
        ("base64ToJson(base64('{\"one\": [1, 2]}')).one[1]", "2"),
        ("uriComponent('http://contoso.com/a b')", r#""http%3A%2F%2Fcontoso.com%2Fa%20b""#),
        ("uriComponentToString('a%20b')", r#""a b""#),
        (
            "uri('http://contoso.org/firstpath/azuredeploy.json/', 'myscript.sh')",
            r#""http://contoso.org/firstpath/azuredeploy.json/myscript.sh""#,
        ),
        (
            "uri('http://contoso.org/firstpath/azuredeploy.json', 'myscript.sh')",
            r#""http://contoso.org/firstpath/myscript.sh""#,
        ),
        ("string(createArray('a', 1, true()))", r#""[\"a\",1,true]""#),
        ("length(uniqueString('a'))", "13"),
        ("length(guid('a', 'b'))", "36"),
        ("equals(uniqueString('a', 'b'), uniqueString('a', 'c'))", "false"),
    ]);
}

#[test]
fn lists_and_objects() {
    hold(&[
        ("concat(createArray(1), createArray(2, 3))", "[1, 2, 3]"),
        ("range(5, 3)", "[5, 6, 7]"),
        ("union(createArray('a', 'b'), createArray('b', 'c'))", r#"["a", "b", "c"]"#),
        (
            "union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)))",
            r#"{"a": {"x": 1, "y": 2}}"#,
        ),
        ("intersection(createArray(1, 2, 3), createArray(3, 2))", "[2, 3]"),
        ("contains(createObject('One', 1), 'one')", "true"),
        ("contains('OneTwoThree', 'e')", "true"),
        ("contains(createArray('one'), 'ONE')", "false"),
        ("flatten(createArray(createArray(1, 2), createArray(3)))", "[1, 2, 3]"),
        ("first(createArray())", "null"),
        ("max(createArray(0, 3, 2))", "3"),
        ("min(4, 1)", "1"),
        ("items(createObject('b', 2, 'a', 1))[0].key", r#""a""#),
        ("tryGet(createObject('a', 1), 'b')", "null"),
        ("tryGet(createObject('a', createArray(createObject('b', 7))), 'a', 0, 'b')", "7"),
        ("indexFromEnd(createArray('a', 'b', 'c'), 1)", r#""c""#),
        ("tryIndexFromEnd(createArray('a', 'b', 'c'), 4)", "null"),
        ("indexOf(createArray('a', 'b', 'a'), 'a')", "0"),
        ("lastIndexOf(createArray('a', 'b', 'a'), 'a')", "2"),
        ("objectKeys(createObject('one', 1, 'two', 2))", r#"["one", "two"]"#),
        (
            "shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2))))",
            r#"{"a": {"y": 2}}"#,
        ),
        ("createObject('a', 1).?b", "null"),
        ("createArray(1)[?4]", "null"),
        ("empty('')", "true"),
        ("length(createArray(1, 2))", "2"),
        ("map(range(1, 3), lambda('x', mul(lambdaVariables('x'), 2)))", "[2, 4, 6]"),
        ("filter(range(1, 4), lambda('x', greater(lambdaVariables('x'), 2)))", "[3, 4]"),
        ("reduce(range(1, 4), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))", "10"),
        (
            "reduce(createArray('a', 'b', 'c'), '', lambda('all', 'one', 'at', if(equals(lambdaVariables('at'), 1), \
             lambdaVariables('all'), concat(lambdaVariables('all'), lambdaVariables('one')))))",
            r#""ac""#,
        ),
        ("sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))", "[1, 2, 3]"),
        ("toObject(createArray('x'), lambda('e', lambdaVariables('e')), lambda('e', 1))", r#"{"x": 1}"#),
        (
            "groupBy(createArray('foo', 'fly', 'bar'), lambda('x', substring(lambdaVariables('x'), 0, 1)))",
            r#"{"f": ["foo", "fly"], "b": ["bar"]}"#,
        ),
        ("mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))", r#"{"a": 2}"#),
    ]);
}

#[test]
fn conditions_and_numbers() {
    hold(&[
        ("and(true(), not(false()))", "true"),
        ("or(false(), false())", "false"),
        ("if(equals('a', 'A'), 1, 2)", "2"),
        ("coalesce(null(), 'string')", r#""string""#),
        ("div(8, 3)", "2"),
        ("mod(7, 3)", "1"),
        ("sub(7, 3)", "4"),
        ("int('42')", "42"),
        ("bool('TRUE')", "true"),
        ("less('a', 'b')", "true"),
        ("json('null')", "null"),
        ("float('3')", "3"),
        ("greaterOrEquals(3, 3)", "true"),
    ]);
}

#[test]
fn address_prefixes() {
    hold(&[
        ("cidrSubnet('10.144.0.0/20', 24, 0)", r#""10.144.0.0/24""#),
        ("cidrSubnet('10.144.0.0/20', 24, 15)", r#""10.144.15.0/24""#),
        ("cidrSubnet('fdad:3236:5555::/48', 52, 1)", r#""fdad:3236:5555:1000::/52""#),
        ("cidrHost('10.144.3.0/24', 0)", r#""10.144.3.1""#),
        ("cidrHost('10.144.3.0/24', 4)", r#""10.144.3.5""#),
        ("cidrHost('fdad:3236:5555:3000::/52', 0)", r#""fdad:3236:5555:3000::1""#),
        ("parseCidr('10.144.0.0/20').netmask", r#""255.255.240.0""#),
        ("parseCidr('10.144.0.0/20').lastUsable", r#""10.144.15.254""#),
        ("parseCidr('10.144.0.0/20').cidr", "20"),
    ]);
}

#[test]
fn what_azure_would_not_take_is_unknown() {
    for wrong in [
        "cidrSubnet('10.0.0.0/20', 24, 16)",
        "cidrSubnet('10.0.0.0/20', 19, 0)",
        "cidrHost('10.0.0.0/24', 255)",
        "div(1, 0)",
        "mul(9223372036854775807, 2)",
        "substring('a', 2)",
        "format('{1}', 1)",
        "format('{0', 1)",
        "createObject('a')",
        "createArray(1)[1]",
        "createObject('a', 1).b",
        "noSuchFunction()",
        "groupBy(createArray('a'), lambda('x', newGuid()))",
        "tryGet(toObject(createArray('a'), lambda('x', newGuid())), 'a')",
        "dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')",
        "references('machines')",
        "parameters('noSuch')",
        "variables('noSuch')",
        "range(0, 10001)",
        "int('x')",
        "copyIndex()",
    ] {
        assert!(evaluated(wrong).to_string().contains("$unknown"), "{wrong}");
    }
}
