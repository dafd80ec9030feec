import ArgumentParser
import LocalHarmonisation
import StudyProtocol
import Tables

extension Harmonise {
    /// `concord simulate harmonise`
    struct Simulation: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "harmonise",
            abstract: "Harmonise a table as one and split into sites that exchange sums, and compare.",
            discussion: """
                Example:
                  concord simulate harmonise --features features.csv --meta meta.csv --batch scanner --sites hospital
                A batch, and with --random-intercept a patient, lies within one site.
                """)

        @OptionGroup var files: Files
        @OptionGroup var plan: Plan
        @Option(help: "Column of the second table that names the site.") var sites: String
        @Option(help: "table or json.") var format: OutputFormat = .table

        func run() throws {
            try guarded {
                let input = try files.input(except: plan.others)
                let plan = try plan.read(input)
                let rows = try input.loaded(
                    batches: plan.batchColumns, design: plan.design, subject: plan.subjectColumn)
                let report = try HarmonisationSimulation(plan, rows: rows, sites: try input.meta.texts(sites))
                switch format {
                case .json:
                    Terminal.data(String(decoding: try CanonicalForm.encode(report), as: UTF8.self) + "\n")
                case .table, .csv, .jsonl: Terminal.data(report.text)
                }
            }
        }
    }
}
