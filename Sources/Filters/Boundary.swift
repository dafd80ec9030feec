/// How an image continues beyond its border (IBSI 2, "Boundary conditions").
public enum Boundary: String, Sendable, Codable, CaseIterable {
    /// The constant 0: `0 0 0 | a b c d | 0 0 0`.
    case zero
    /// The value at the border: `a a a | a b c d | d d d`.
    case nearest
    /// The image again: `b c d | a b c d | a b c`.
    case periodic
    /// The image mirrored at the outer edge of the border voxels: `c b a | a b c d | d c b`.
    case mirror

    /// The sample that stands at a position, or `nil` where the image is 0.
    func index(_ position: Int, count: Int) -> Int? {
        if position >= 0 && position < count { return position }
        switch self {
        case .zero: return nil
        case .nearest: return min(max(position, 0), count - 1)
        case .periodic: return position.wrapped(count)
        case .mirror:
            let place = position.wrapped(2 * count)
            return place < count ? place : 2 * count - 1 - place
        }
    }
}

extension Int {
    /// The remainder of the division by `period` that is not negative.
    func wrapped(_ period: Int) -> Int {
        let remainder = self % period
        return remainder < 0 ? remainder + period : remainder
    }
}

/// Whether a filter takes slices one by one or the volume as a whole (IBSI 2: 2D and 3D filters).
public enum Dimensionality: String, Sendable, Codable, CaseIterable {
    /// 2D: every slice (x, y) by itself.
    case slices
    /// 3D: the volume.
    case volume

    /// Number of axes filtered.
    var axes: Int { self == .slices ? 2 : 3 }
}
