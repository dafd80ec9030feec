import Validation

extension StatisticRecord {
    /// The word of a verdict; nil for every other statistic.
    var verdict: Verdict? {
        guard statistic == StatisticName.verdict.rawValue else { return nil }
        return Verdict(rawValue: String((status == "ok" ? method : reason).prefix { $0 != ":" }))
    }

    /// The code with which a command ends that was given a gate: 0 if every verdict is a pass, 3 if one is a fail, else 6; nil
    /// without a gate.
    public static func gateCode(of records: [StatisticRecord]) -> Int32? {
        let verdicts = records.compactMap(\.verdict)
        guard !verdicts.isEmpty else { return nil }
        if verdicts.contains(.fail) { return 3 }
        return verdicts.contains(.undecided) ? 6 : 0
    }
}
