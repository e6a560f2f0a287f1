//! The command line as clap sees it.

use crate::{import::terraform::Side, model::Identity, trace::Verdict};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Network reachability for Azure, answered offline: is a flow allowed, why, and what would change the answer.
#[derive(Debug, Parser)]
#[command(name = "azreach", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every command takes.
#[derive(Debug, Args, Clone)]
pub(crate) struct Common {
    /// Microsoft's ServiceTags JSON to use instead of the built-in subset
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) tags: Option<String>,
    /// When to colour
    #[arg(long, value_enum, default_value_t = Colour::Auto, global = true, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Threads to use (default: all cores)
    #[arg(long, value_name = "N", global = true)]
    pub(crate) jobs: Option<usize>,
    /// Say only what fails
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say everything
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Output formats of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For CI servers.
    Junit,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// GitHub Actions annotations.
    Github,
}

/// Output formats of the other commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What `fix` looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// Every packet gets through.
    Allowed,
    /// None does.
    Denied,
}

impl Wanted {
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Wanted::Allowed => Verdict::Allowed,
            Wanted::Denied => Verdict::Denied,
        }
    }
}

/// Output formats of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For pull requests.
    Markdown,
}

/// Output formats of `lint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
}

/// Output formats of `matrix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatrixFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets: a line for each pair.
    Csv,
}

/// Output formats of `graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
    /// A picture.
    Svg,
    /// The picture in a page of its own.
    Html,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do all expectations hold? Files and folders
    Check {
        /// Scenario files, or folders of them; `-` reads standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
        format: CheckFormat,
        /// Only expectations whose flow, name or what-if contains this text
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
        /// Only this what-if
        #[arg(long, value_name = "NAME")]
        what_if: Option<String>,
    },
    /// One flow: verdict, decider, every hop and rule, there and back
    Trace {
        /// Scenario file; `-` reads standard input
        file: String,
        /// The flow: 'worker -> kafka tcp/9092'
        flow: String,
        /// How the source proves who it is: passthrough, servicePrincipal, accountKey, managedIdentity, interactive,
        /// personalToken
        #[arg(long, value_name = "IDENTITY", value_parser = identity)]
        identity: Option<Identity>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Who reaches whom, exactly: what an end can reach, who can reach it, the allowed part of a flow
    Reach {
        /// Scenario file; `-` reads standard input
        file: String,
        /// The exact allowed part of this flow: 'spokes -> kafka tcp/9092'
        #[arg(required_unless_present_any = ["from", "to"], conflicts_with_all = ["from", "to"])]
        flow: Option<String>,
        /// What this end can reach: a workload, a subnet, an address, `internet` …
        #[arg(long, value_name = "END")]
        from: Option<String>,
        /// Who can reach this end
        #[arg(long, value_name = "END")]
        to: Option<String>,
        /// How the source proves who it is: passthrough, servicePrincipal, accountKey, managedIdentity, interactive,
        /// personalToken
        #[arg(long, value_name = "IDENTITY", value_parser = identity)]
        identity: Option<Identity>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Who reaches whom: all pairs of ends, in groups that fare alike
    Matrix {
        /// Scenario file; `-` reads standard input
        file: String,
        /// Only this protocol and these ports: tcp/443, udp
        #[arg(long, value_name = "SERVICE")]
        flow: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t = MatrixFormat::Text)]
        format: MatrixFormat,
        /// Lay this what-if of the file over it
        #[arg(long, value_name = "NAME")]
        what_if: Option<String>,
    },
    /// Exactly which flows a change gains and loses, and why
    Diff {
        /// The scenario before, or a Terraform plan, which has both sides; `-` reads standard input
        before: String,
        /// The scenario after
        #[arg(conflicts_with = "what_if")]
        after: Option<String>,
        /// Compare with this what-if of the file
        #[arg(long, value_name = "NAME")]
        what_if: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
        format: DiffFormat,
    },
    /// What does nothing, or more than anybody meant: dead rules, idle routes and endpoints, one-way paths
    Lint {
        /// Scenario files, or folders of them; `-` reads standard input
        #[arg(required = true, value_name = "FILE")]
        paths: Vec<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t = LintFormat::Text)]
        format: LintFormat,
        /// Findings of this code are errors; `all` for every code; may be given several times
        #[arg(long, value_name = "CODE")]
        deny: Vec<String>,
        /// Findings of this code are not told; `all` for every code that is not denied; may be given several times
        #[arg(long, value_name = "CODE")]
        allow: Vec<String>,
        /// Apply this what-if first
        #[arg(long, value_name = "NAME")]
        what_if: Option<String>,
    },
    /// What stands in a flow's way, and the smallest changes that flip its verdict, each tried and with all its effects
    Fix {
        /// Scenario file; `-` reads standard input
        file: String,
        /// The flow: 'worker -> kafka tcp/9092'
        flow: String,
        /// The verdict that it should have
        #[arg(long, value_enum, default_value_t = Wanted::Allowed, value_name = "VERDICT")]
        want: Wanted,
        /// How the source proves who it is: passthrough, servicePrincipal, accountKey, managedIdentity, interactive,
        /// personalToken
        #[arg(long, value_name = "IDENTITY", value_parser = identity)]
        identity: Option<Identity>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Effective routes of a subnet or network interface
    Routes {
        /// Scenario file; `-` reads standard input
        file: String,
        /// A subnet (`vnet/subnet`), a network interface or a workload
        place: String,
        #[command(flatten)]
        reading: Reading,
    },
    /// Effective security rules of a subnet or network interface
    Rules {
        /// Scenario file; `-` reads standard input
        file: String,
        /// A subnet (`vnet/subnet`), a network interface or a workload
        place: String,
        #[command(flatten)]
        reading: Reading,
    },
    /// A picture of the network, with the way of one flow over it
    Graph {
        /// Scenario file; `-` reads standard input
        file: String,
        /// Draw the way of this flow: 'worker -> kafka tcp/9092'
        #[arg(long, value_name = "FLOW")]
        flow: Option<String>,
        /// How the flow's source proves who it is: passthrough, servicePrincipal, accountKey, managedIdentity,
        /// interactive, personalToken
        #[arg(long, value_name = "IDENTITY", value_parser = identity, requires = "flow")]
        identity: Option<Identity>,
        /// Output format
        #[arg(long, value_enum, default_value_t = GraphFormat::Svg)]
        format: GraphFormat,
        /// Apply this what-if first
        #[arg(long, value_name = "NAME")]
        what_if: Option<String>,
    },
    /// A scenario from what people have, and all that was not understood
    Import {
        #[command(subcommand)]
        kind: ImportKind,
    },
    /// Predictions against Network Watcher's own JSON: agreement and every difference
    Verify {
        /// Scenario file; `-` reads standard input
        file: String,
        /// Recorded answers: a JSON file, or a folder of them
        #[arg(long, required = true, value_name = "PATH")]
        answers: Vec<String>,
        #[command(flatten)]
        reading: Reading,
    },
    /// The tag data in use: which tags hold an address, what a tag holds
    Tags {
        /// An address or a service tag
        subject: String,
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// What a diagnostic code or a law means
    Explain {
        /// A code (`unknown-reference`) or a law (`F16`, `R33`)
        subject: String,
    },
    /// The JSON Schema of the scenario format
    Schema,
    /// Shell completion
    Completions {
        /// For which shell
        shell: Shell,
    },
}

/// What every command that reads one scenario takes.
#[derive(Debug, Args, Clone)]
pub(crate) struct Reading {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Apply this what-if first
    #[arg(long, value_name = "NAME")]
    pub(crate) what_if: Option<String>,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportKind {
    /// ARM templates (Bicep compiles to them), with what they link to beside them
    Arm {
        /// Templates, or folders of them; `-` reads standard input
        #[arg(required = true, value_name = "TEMPLATE")]
        paths: Vec<String>,
        /// Files of parameters and single values; without it, X.parameters.json beside X.json
        #[arg(long, value_name = "FILE|NAME=VALUE", num_args = 1..)]
        parameters: Vec<String>,
        #[command(flatten)]
        writing: Writing,
    },
    /// JSON of `az … list` and `az … show`, of the REST interface, of Resource Graph
    Az {
        /// JSON files, or folders of them; `-` reads standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
        #[command(flatten)]
        writing: Writing,
    },
    /// JSON of `terraform show -json`, of a plan or a state, and state files
    Terraform {
        /// JSON files, or folders of them; `-` reads standard input
        #[arg(required = true, value_name = "PLAN")]
        paths: Vec<String>,
        /// Which side of a plan
        #[arg(long, value_enum, default_value_t = PlanSide::After)]
        side: PlanSide,
        #[command(flatten)]
        writing: Writing,
    },
}

/// Which side of a Terraform plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanSide {
    /// What is there now.
    Before,
    /// What will be there when the plan has been applied.
    After,
}

impl From<PlanSide> for Side {
    fn from(side: PlanSide) -> Side {
        match side {
            PlanSide::Before => Side::Before,
            PlanSide::After => Side::After,
        }
    }
}

/// Where the result of an import goes.
#[derive(Debug, Args, Clone)]
pub(crate) struct Writing {
    /// Write the scenario here (JSON if the name ends so) instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<String>,
    /// Fail when something was left out that says something about traffic
    #[arg(long)]
    pub(crate) strict: bool,
    /// Format of the report about what was left out
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// An identity by its word.
fn identity(text: &str) -> Result<Identity, String> {
    Identity::parse(text).ok_or_else(|| {
        let words: Vec<&str> = Identity::ALL.iter().map(|(_, word)| *word).collect();
        format!("it takes {}", words.join(", "))
    })
}
