import ArgumentParser
import Foundation
import LocalValidation
import Plots
import Reporting
import StudyProtocol
import Tables

/// How many sites, events and cases a study needs.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sites, events and cases that a validation or a reader study needs.",
        discussion: """
            Examples:
              concord plan auc --internal 0.80 --external 0.75 --prevalence 0.3 --internal-cases 400 --tau 0.2
              concord plan prediction --auc 0.75 --width 0.2 --prevalence 0.3 --tau 0.2 --cases-per-site 150
              concord plan kappa --kappa 0.6 --shares 0.7,0.3 --width 0.2 --format json
            tau is the standard deviation of the sites' true AUCs on the logit scale.
            """,
        subcommands: [PlanAUC.self, PlanPrediction.self, PlanKappa.self])
}

/// Telling two AUCs apart.
struct PlanAUC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auc", abstract: "Cases that tell an internal AUC from the AUC of external sites.")
    @Option(help: "AUC of the cases that developed the model.") var `internal` = 0.80
    @Option(help: "Mean AUC of the external sites.") var external = 0.75
    @Option(help: "Cases of the internal AUC; without it that AUC is taken as known.") var internalCases: Int?
    @Option(help: "Share of events.") var prevalence = 0.3
    @Option(help: "Standard deviation of the sites' true AUCs on the logit scale.") var tau = 0.0
    @Option(help: "Power of the two-sided 5 % test.") var power = 0.8
    @Option(help: "External sites.") var sites: Int?
    @Option(help: "Cases of each external site; the number of sites is then searched.") var casesPerSite: Int?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try printPlans(format) {
            try PlanAnalysis.separation(
                internalAUC: `internal`, externalAUC: external, internalCases: internalCases, prevalence: prevalence,
                tau: tau, power: power, sites: sites, casesPerSite: casesPerSite)
        }
    }
}

/// The AUC of a new site.
struct PlanPrediction: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prediction", abstract: "Sites and cases for a prediction interval of the AUC of a new site.")
    @Option(help: "Mean AUC.") var auc = 0.75
    @Option(help: "Width of the interval, on the scale of the AUC.") var width: Double
    @Option(help: "Share of events.") var prevalence = 0.3
    @Option(help: "Standard deviation of the sites' true AUCs on the logit scale.") var tau = 0.0
    @Option(help: "Sites.") var sites: Int?
    @Option(help: "Cases of each site; the number of sites is then searched.") var casesPerSite: Int?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try printPlans(format) {
            try PlanAnalysis.prediction(
                auc: auc, width: width, prevalence: prevalence, tau: tau, sites: sites, casesPerSite: casesPerSite)
        }
    }
}

/// Agreement of two readers.
struct PlanKappa: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kappa", abstract: "Cases that two readers rate, for an interval of Cohen's kappa.")
    @Option(help: "Expected kappa.") var kappa: Double
    @Option(help: "Shares of the categories, separated by commas.") var shares = "0.5,0.5"
    @Option(help: "Width of the 95 % interval.") var width: Double
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try printPlans(format) {
            try PlanAnalysis.kappa(kappa, shares: words(shares).map { Double($0) ?? .nan }, width: width)
        }
    }
}

private func printPlans(_ format: OutputFormat, _ plans: () throws -> [PlanRecord]) throws {
    try guarded {
        let plans = try plans()
        switch format {
        case .json:
            Terminal.data(String(decoding: try CanonicalForm.encode(PlanResults(plans: plans)), as: UTF8.self) + "\n")
        case .jsonl:
            for plan in plans {
                Terminal.data(String(decoding: try CanonicalForm.encode(plan), as: UTF8.self) + "\n")
            }
        case .table, .csv:
            let columns = [
                "question", "sites", "casesPerSite", "eventsPerSite", "cases", "power", "width", "status", "reason",
            ]
            func whole(_ value: Int?) -> String { value.map(String.init) ?? "" }
            func real(_ value: Double?) -> String { value.map { PlotNumber.fixed($0, decimals: 3) } ?? "" }
            let rows = plans.map { plan in
                [
                    plan.question, whole(plan.sites), whole(plan.casesPerSite), whole(plan.eventsPerSite),
                    whole(plan.cases), real(plan.power), real(plan.width), plan.status, plan.reason,
                ]
            }
            Terminal.data(
                format == .csv
                    ? CSVTable(file: "plans", columns: columns, rows: rows).csv
                    : TextTable(columns: columns, rows: rows).text)
        }
    }
}
