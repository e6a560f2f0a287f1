//! The looks of the picture, light and dark.
//!
//! In: nothing. Out: one style sheet. Deliberately absent: custom properties, which not every viewer of SVG knows.

/// The style sheet.
pub(super) const STYLE: &str = r#"
text { font-family: "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; fill: #1b2330; }
.title { font-size: 17px; font-weight: bold; }
.flow { font-size: 15px; font-weight: bold; }
.caption { font-size: 13px; }
.name { font-size: 13px; font-weight: bold; }
.kind { font-size: 9.5px; fill: #5a6675; }
.detail, .small { font-size: 11px; fill: #3d4957; }
.chip, .on { font-size: 10.5px; fill: #27303c; }
.mark { font-size: 11px; font-weight: bold; }
.on { text-anchor: middle; stroke: none; }
.page { fill: #ffffff; }
.outside, .services { fill: #f3f4f6; stroke: #b7bec8; }
.site { fill: #fdf4e3; stroke: #d3b579; }
.region { fill: #f7f9fc; stroke: #c3cbd6; stroke-dasharray: 6 4; }
.vnet { fill: #e4eefb; stroke: #6d9bd3; stroke-width: 1.5; }
.subnet { fill: #f6faff; stroke: #a9c4e6; }
.node { fill: #ffffff; stroke: #9aa5b3; }
.internet { fill: #e9eef5; stroke: #6f7d8f; }
.vague { stroke-dasharray: 4 3; }
.stripe { stroke: none; }
.stripe.workload { fill: #3f78c2; }
.stripe.cluster { fill: #2a9187; }
.stripe.appliance { fill: #b5483c; }
.stripe.gateway { fill: #8a6d1d; }
.stripe.party { fill: #7b8797; }
.stripe.internet { fill: #4b5a6d; }
.stripe.service { fill: #12857a; }
.stripe.endpoint { fill: #6a55b5; }
.stripe.vague { fill: #b9c0c9; }
rect.pill { fill: #ffffff; stroke: #b4bfcc; }
.halo { fill: #ffffff; fill-opacity: 0.93; stroke: none; }
path { fill: none; stroke: #5c6773; stroke-width: 1.5; }
path.peering { stroke: #2f66ad; stroke-width: 2; }
path.global { stroke-dasharray: 10 3; }
path.connection { stroke: #8a6d1d; stroke-width: 2.5; }
path.route { stroke: #7a45ad; stroke-dasharray: 5 3; }
path.nat { stroke: #57734f; }
path.endpoint { stroke: #12857a; }
path.link { stroke: #6a55b5; }
text.peering { fill: #1f4f8f; }
text.connection { fill: #6b530f; }
text.route { fill: #5f3190; }
text.endpoint { fill: #0b665d; }
text.link { fill: #4d3c90; }
path.head { stroke: none; stroke-dasharray: none; }
path.head.route { fill: #7a45ad; }
path.head.nat { fill: #57734f; }
path.head.endpoint { fill: #12857a; }
path.head.link { fill: #6a55b5; }
path.casing { stroke: #ffffff; stroke-width: 7; stroke-opacity: 0.85; }
path.there { stroke-width: 3.5; }
path.back { stroke-width: 2.5; stroke-dasharray: 7 4; }
path.missed { stroke-width: 2; stroke-dasharray: 2 5; }
path.cross { stroke-width: 3; stroke-dasharray: none; stroke-linecap: round; }
path.lets { stroke: #1a7f37; }
path.stops { stroke: #c62828; }
path.unsure { stroke: #a85f00; }
path.head.lets { stroke: none; fill: #1a7f37; }
path.head.stops { stroke: none; fill: #c62828; }
path.head.unsure { stroke: none; fill: #a85f00; }
text.lets { fill: #14692d; }
text.stops { fill: #b01f1f; }
text.unsure { fill: #8f5100; }
text.leads { fill: #5f3190; }
rect.pill.lets { fill: #e6f5ea; stroke: #1a7f37; }
rect.pill.stops { fill: #fde9e7; stroke: #c62828; stroke-width: 2; }
rect.pill.unsure { fill: #fff3de; stroke: #a85f00; }
rect.pill.leads { fill: #f4ecfb; stroke: #7a45ad; }
circle.stop { stroke: #ffffff; stroke-width: 1.5; }
circle.lets { fill: #1a7f37; }
circle.stops { fill: #c62828; }
circle.unsure { fill: #a85f00; }
circle.stop.back { fill: #ffffff; stroke-width: 2; }
circle.back.lets { stroke: #1a7f37; }
circle.back.stops { stroke: #c62828; }
circle.back.unsure { stroke: #a85f00; }
circle.verdict { stroke: #ffffff; stroke-width: 2; }
path.sign { stroke: #ffffff; }
text.number { font-size: 11px; font-weight: bold; text-anchor: middle; fill: #ffffff; }
text.number.back.lets { fill: #14692d; }
text.number.back.stops { fill: #b01f1f; }
text.number.back.unsure { fill: #8f5100; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e9f0; }
.kind { fill: #a3afbd; }
.detail, .small { fill: #c1cad5; }
.chip, .on { fill: #d8dfe8; }
.page { fill: #0f141b; }
.outside, .services { fill: #1a2029; stroke: #4a5563; }
.site { fill: #2a2416; stroke: #7d6a3c; }
.region { fill: #141a23; stroke: #465161; }
.vnet { fill: #16263c; stroke: #4a79b4; }
.subnet { fill: #1b2b40; stroke: #3f5f88; }
.node { fill: #232c38; stroke: #5d6978; }
.internet { fill: #2b3543; }
rect.pill { fill: #202936; stroke: #56626f; }
.halo { fill: #0f141b; }
path.peering { stroke: #6aa2ea; }
path.connection { stroke: #d2ad4b; }
path.route { stroke: #bb8ee6; }
path.nat { stroke: #9cc291; }
path.endpoint { stroke: #43c0b3; }
path.link { stroke: #a694ee; }
text.peering { fill: #9cc3f5; }
text.connection { fill: #e3c77c; }
text.route { fill: #d3b3f2; }
text.endpoint { fill: #79d6cc; }
text.link { fill: #c3b6f5; }
path.head.route { fill: #bb8ee6; }
path.head.nat { fill: #9cc291; }
path.head.endpoint { fill: #43c0b3; }
path.head.link { fill: #a694ee; }
path.casing { stroke: #0f141b; }
path.lets { stroke: #4cc26a; }
path.stops { stroke: #ff6b60; }
path.unsure { stroke: #f0a63c; }
path.head.lets { fill: #4cc26a; }
path.head.stops { fill: #ff6b60; }
path.head.unsure { fill: #f0a63c; }
text.lets { fill: #7ad893; }
text.stops { fill: #ff958c; }
text.unsure { fill: #f5bd6c; }
text.leads { fill: #d3b3f2; }
rect.pill.lets { fill: #163322; stroke: #4cc26a; }
rect.pill.stops { fill: #3d1a1a; stroke: #ff6b60; }
rect.pill.unsure { fill: #3a2a10; stroke: #f0a63c; }
rect.pill.leads { fill: #2a1f3a; stroke: #bb8ee6; }
circle.stop { stroke: #0f141b; }
circle.stop.back { fill: #0f141b; }
circle.back.lets { stroke: #4cc26a; }
circle.back.stops { stroke: #ff6b60; }
circle.back.unsure { stroke: #f0a63c; }
circle.verdict { stroke: #0f141b; }
text.number { fill: #ffffff; }
text.number.back.lets { fill: #7ad893; }
text.number.back.stops { fill: #ff958c; }
text.number.back.unsure { fill: #f5bd6c; }
}
"#;
