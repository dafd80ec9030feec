import Disclosure
import Statistics
public import StudyProtocol

/// How far a site's acquisition is from the protocol, from its released histograms.
enum ProtocolVariation {
    /// A field that more than this share of the cases violates is a deviation.
    static let tolerance = 0.05

    /// The acquisition fields of a site that are outside of what the protocol expects, and the batches that other values
    /// of them opened.
    static func deviations(of releases: [Release], study: StudyProtocol) -> [Deviation] {
        var deviations = openedBatches(releases)
        for field in study.imaging.acquisition {
            let cells = releases.compactMap { release -> (bin: String, cases: Double)? in
                guard release.releaseClass == .acquisition, release.statistic == field.keyword,
                    case .value(let value) = release.estimate
                else { return nil }
                return (release.subject, value.value)
            }
            let total = cells.reduce(0) { $0 + $1.cases }
            let outside = cells.filter { !isExpected($0.bin, field) }
            let share = total > 0 ? outside.reduce(0) { $0 + $1.cases } / total : 0
            guard share > tolerance, let worst = outside.max(by: { $0.cases < $1.cases }) else { continue }
            deviations.append(
                Deviation(field: field.keyword, expected: expectation(field), observed: worst.bin, share: share))
        }
        return deviations
    }

    /// Beside the largest batch of a site whose cases are grouped by acquisition, the share of the cases in others.
    private static func openedBatches(_ releases: [Release]) -> [Deviation] {
        let cells = releases.filter { $0.releaseClass == .acquisition && $0.statistic == AcquisitionBin.batch }
        let shown = cells.compactMap { cell -> (label: String, cases: Double)? in
            guard case .value(let value) = cell.estimate else { return nil }
            return (cell.subject, value.value)
        }.sorted { ($1.cases, $0.label) < ($0.cases, $1.label) }
        guard cells.count > 1, let largest = shown.first else { return [] }
        let total = shown.reduce(0) { $0 + $1.cases }
        return [
            Deviation(
                field: AcquisitionBin.batch, expected: largest.label,
                observed: shown.count > 1 ? shown[1].label : "batches of too few cases to be shown",
                share: (total - largest.cases) / total)
        ]
    }

    private static func isExpected(_ bin: String, _ field: StudyProtocol.AcquisitionField) -> Bool {
        if let words = field.oneOf { return words.contains(bin) }
        guard field.minimum != nil || field.maximum != nil else { return true }
        guard let bounds = AcquisitionBin.bounds(of: bin) else { return false }
        // A bin that straddles the limit counts as inside.
        if let minimum = field.minimum, bounds.upper <= minimum { return false }
        if let maximum = field.maximum, bounds.lower > maximum { return false }
        return true
    }

    private static func expectation(_ field: StudyProtocol.AcquisitionField) -> String {
        if let words = field.oneOf { return words.joined(separator: " or ") }
        switch (field.minimum, field.maximum) {
        case (let minimum?, let maximum?): return "\(minimum) to \(maximum)"
        case (let minimum?, nil): return "at least \(minimum)"
        case (nil, let maximum?): return "at most \(maximum)"
        case (nil, nil): return "any"
        }
    }
}

/// Labels of the bins in which an acquisition field is reported.
public enum AcquisitionBin {
    /// The statistic under which the cases of each batch are counted where they are grouped by acquisition.
    public static let batch = "batch"

    /// The batch within its site of a case: the labels of all acquisition fields of the protocol, so that a value in
    /// another bin opens a batch of its own.
    public static func group(_ tags: [String: String], study: StudyProtocol) -> String {
        study.imaging.acquisition.map { label(tags[$0.keyword], field: $0) }.joined(separator: " / ")
    }

    /// The label of a value: the word itself, or `lower..<upper` of the bin that holds the number; `missing` if the
    /// image does not tell, `other` for words that are not plain.
    public static func label(_ value: String?, field: StudyProtocol.AcquisitionField) -> String {
        guard let value, !value.isEmpty else { return "missing" }
        guard let width = field.binWidth else {
            let plain = value.utf8.count <= 64 && value.unicodeScalars.allSatisfy { $0.value >= 0x20 }
            return plain ? value : "other"
        }
        guard let number = Double(value), number.isFinite, number.magnitude < 1e12 else { return "missing" }
        let index = (number / width + 1e-9).rounded(.down)
        return "\(tidy(index * width))..<\(tidy((index + 1) * width))"
    }

    /// The bounds of a numeric bin's label.
    static func bounds(of label: String) -> (lower: Double, upper: Double)? {
        guard let separator = label.firstRange(of: "..<"), let lower = Double(label[..<separator.lowerBound]),
            let upper = Double(label[separator.upperBound...])
        else { return nil }
        return (lower, upper)
    }

    private static func tidy(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
}
