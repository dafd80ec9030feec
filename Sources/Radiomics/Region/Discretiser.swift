/// Turns intensities into grey levels (IBSI 2.7).
enum Discretiser {
    /// Levels (from 1) of the intensities, and the number of levels.
    ///
    /// FBN: floor(N (x - min) / (max - min)) + 1, N for the maximum. FBS: floor((x - origin) / width) + 1; intensities
    /// below the origin fall into level 1.
    static func levels(
        of intensities: [Float], range: ClosedRange<Float>, _ discretisation: Discretisation, lower: Double?
    ) throws(RadiomicsError) -> (levels: [UInt16], count: Int) {
        let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
        switch discretisation {
        case .none:
            guard low >= 1, intensities.allSatisfy({ $0 == $0.rounded() }) else {
                throw .invalidSetting(
                    field: "discretisation", remedy: "none needs whole intensities from 1; choose a bin number or size")
            }
            guard high <= Double(Limits.greyLevels) else {
                throw .tooManyGreyLevels(count: Int(exactly: high) ?? .max, limit: Limits.greyLevels)
            }
            return (intensities.map { UInt16($0) }, Int(high))
        case .fixedBinNumber(let count):
            guard count >= 1 else { throw .invalidSetting(field: "discretisation", remedy: "use at least one bin") }
            guard count <= Limits.greyLevels else { throw .tooManyGreyLevels(count: count, limit: Limits.greyLevels) }
            guard high > low else { return ([UInt16](repeating: 1, count: intensities.count), count) }
            let bins = Double(count)
            // Not below 0, so that cutting the fraction off rounds down.
            let levels = intensities.map { value in
                UInt16(min(bins - 1, bins * (Double(value) - low) / (high - low))) + 1
            }
            return (levels, count)
        case .fixedBinSize(let width, let origin):
            guard width > 0, width.isFinite, (origin ?? 0).isFinite else {
                throw .invalidSetting(field: "discretisation", remedy: "use a positive, finite bin width and origin")
            }
            let start = origin ?? lower ?? low
            let highest = max(1, ((high - start) / width).rounded(.down) + 1)
            guard highest <= Double(Limits.greyLevels) else {
                throw .tooManyGreyLevels(count: Int(exactly: highest) ?? .max, limit: Limits.greyLevels)
            }
            let levels = intensities.map { UInt16(max(0, (Double($0) - start) / width)) + 1 }
            return (levels, Int(highest))
        }
    }
}
