import Disclosure
import Statistics
public import StudyProtocol

/// How far a site's acquisition is from the protocol, from its released histograms.
enum ProtocolVariation {
    /// A field that more than this share of the cases violates is a deviation.
    static let tolerance = 0.05

    /// The acquisition fields of a site that are outside of what the protocol expects.
    static func deviations(of releases: [Release], study: StudyProtocol) -> [Deviation] {
        var deviations: [Deviation] = []
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
