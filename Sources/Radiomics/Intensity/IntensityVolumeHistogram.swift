/// Features of the intensity-volume histogram (IBSI 3.6), in the order of the catalogue.
enum IntensityVolumeHistogram {
    /// `lower` and `upper` are the re-segmentation range, which bounds the intensity fractions where it is given.
    static func values(
        _ sorted: SortedIntensities, steps: IntensityVolumeHistogramSteps, lower: Double?, upper: Double?
    ) throws(RadiomicsError) -> [Double] {
        let values = sorted.values
        let (minimum, maximum) = (Double(values[0]), Double(values[values.count - 1]))
        let (start, step, levels): (Double, Double, Int)
        let levelOf: (Double) -> Int
        switch steps {
        case .calibrated(let size):
            start = lower ?? minimum
            step = size
            levels = try stepCount(start: start, end: upper ?? maximum, step: size) + 1
            levelOf = { value in Int(((value - start) / size).rounded(.down)) }
        case .fixedBinSize(let size):
            let origin = lower ?? minimum
            start = origin + size / 2
            step = size
            levels = try stepCount(start: origin, end: upper ?? maximum, step: size) + 1
            levelOf = { value in Int(((value - origin) / size).rounded(.down)) }
        case .fixedBinNumber(let bins):
            _ = try stepCount(start: 1, end: Double(bins), step: 1)
            start = 1
            step = 1
            levels = bins
            let range = maximum - minimum
            levelOf = { value in
                range > 0 ? min(bins - 1, Int((Double(bins) * (value - minimum) / range).rounded(.down))) : 0
            }
        }
        // above[i]: voxels at level i or higher.
        var above = [Int](repeating: 0, count: levels + 1)
        func level(_ index: Int) -> Int { max(0, min(levels - 1, levelOf(Double(values[index])))) }
        // The values are sorted: those of a level follow each other, and its end is found by doubling and halving steps.
        var first = 0
        while first < values.count {
            let here = level(first)
            var (last, step) = (first, 1)
            while last + step < values.count, level(last + step) == here { (last, step) = (last + step, 2 * step) }
            while step > 0 {
                if last + step < values.count, level(last + step) == here { last += step }
                step /= 2
            }
            above[here] += last + 1 - first
            first = last + 1
        }
        for level in stride(from: levels - 1, through: 0, by: -1) { above[level] += above[level + 1] }
        let count = Double(values.count)
        let top = Double(max(levels - 1, 1))
        func volume(_ fraction: Double) -> Double {
            let level = (0..<levels).first { Double($0) / top >= fraction } ?? levels
            return Double(above[level]) / count
        }
        func intensity(_ fraction: Double) -> Double {
            // The level after the last holds no voxel, so there always is one.
            let level = (0...levels).first { Double(above[$0]) / count <= fraction } ?? levels
            return start + Double(level) * step
        }
        var area = 0.0
        for level in 0..<levels - 1 { area += Double(above[level] + above[level + 1]) / (2 * count * top) }
        let (v10, v90, i10, i90) = (volume(0.1), volume(0.9), intensity(0.1), intensity(0.9))
        return [v10, v90, i10, i90, v10 - v90, i10 - i90, levels > 1 ? area : .nan]
    }

    private static func stepCount(start: Double, end: Double, step: Double) throws(RadiomicsError) -> Int {
        guard step > 0, step.isFinite, end >= start else {
            throw .invalidSetting(
                field: "intensityVolumeHistogram", remedy: "use a positive step and a range with lower below upper")
        }
        let count = ((end - start) / step).rounded(.down)
        guard count < Double(Limits.histogramSteps) else {
            throw .tooManyHistogramSteps(count: Int(exactly: count) ?? .max, limit: Limits.histogramSteps)
        }
        return Int(count)
    }
}
