/// Groups of features by their names.
public enum FeatureGrouping: String, Sendable, CaseIterable {
    /// Every feature by itself.
    case feature
    /// First-order, texture matrices, shape and so on.
    case family = "class"
    /// Tumour, ring of 3 mm, ring of 5 mm and so on: what stands before the first underscore.
    case region
    /// The blocks of a stacked model, and its direct features.
    case block

    /// Words of a column's name that tell its class, longest first where one holds another.
    private static let families: [(word: String, name: String)] = [
        ("firstorder", "first-order"), ("statistics", "first-order"), ("intensity", "first-order"),
        ("histogram", "first-order"), ("ivh", "first-order"), ("shape2d", "shape"), ("shape", "shape"),
        ("morpholog", "shape"), ("volumetric", "shape"), ("planar", "shape"), ("local", "first-order"),
        ("glcm", "GLCM"),
        ("glrlm", "GLRLM"), ("glszm", "GLSZM"), ("gldzm", "GLDZM"), ("ngtdm", "NGTDM"), ("ngldm", "NGLDM"),
        ("gldm", "GLDM"), ("lbp", "LBP"),
    ]

    /// Name of the group of a feature.
    func group(of feature: String) -> String {
        switch self {
        case .feature, .block: return feature
        case .family:
            let lower = feature.lowercased()
            return Self.families.first { lower.contains($0.word) }?.name ?? "other"
        case .region:
            let head = feature.prefix { $0 != "_" }.lowercased()
            let isRegion = head == "tumour" || head == "tumor" || head.hasPrefix("ring") || head == "liver"
            return isRegion ? head : "other"
        }
    }

    /// Name of the group of each column of a model.
    func groups(of columns: [String], in predictor: Predictor) -> [String] {
        guard self == .block, case .stacked(let stacked) = predictor else { return columns.map(group) }
        var blocks: [String: String] = [:]
        for block in stacked.blocks {
            for feature in block.fitted.features where blocks[feature] == nil { blocks[feature] = block.name }
        }
        return columns.map { blocks[$0] ?? $0 }
    }
}
