import Filters

/// A filter written in one line: `NAME:KEY=VALUE,KEY=VALUE`, as `--filter` and the key `filter` of a settings file take it.
///
/// `by` (slices or volume) and `boundary` (zero, nearest, periodic, mirror) go with every filter. Angles are in degrees.
struct FilterText {
    private let name: String
    private var values: [String: String] = [:]

    /// One line for each filter, for help and errors.
    static let forms = [
        "mean:support=5", "log:sigma=2[,truncation=4]", "log-recursive:sigma=2",
        "laws:kernels=L5E5E5[,rotation=max|average][,energy=7]",
        "gabor:sigma=5,lambda=2,gamma=1.5,angle=60|step=45[,planes=true]",
        "wavelet:family=haar|db2...20|sym2...20|coif1...17|biorN.M|rbioN.M|dmey,subband=LLH[,level=1][,rotation=max|average]",
        "simoncelli:level=1",
        "gradient[:spacing=false]", "square", "square-root", "logarithm", "exponential",
        "lbp[:radius=1][,samples=8][,method=uniform|rotation-invariant|plain]",
        "lbp-3d:image=m1...m10|k[,radius=1][,subdivision=1]",
    ]

    init(_ text: String) throws(FilterTextError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        name = parts[0]
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
                throw FilterTextError("'\(pair)' is not KEY=VALUE")
            }
            guard values.updateValue(sides[1], forKey: sides[0]) == nil else {
                throw FilterTextError("'\(sides[0])' is given twice")
            }
        }
    }

    /// The step that the text names.
    ///
    /// - Parameter planar: whether slices are filtered one by one where the text does not say.
    /// - Throws: `FilterTextError` with the key and the remedy.
    func step(planar: Bool) throws(FilterTextError) -> FilterStep {
        var left = self
        let filter = try left.filter()
        var (natural, usual) = (planar ? Dimensionality.slices : .volume, Boundary.mirror)
        switch filter {
        case .localBinaryPattern: natural = .slices
        case .sphericalBinaryPattern: natural = .volume
        case .simoncelliWavelet: usual = .periodic
        default: break
        }
        let by = try left.choice("by", Dimensionality.self) ?? natural
        let boundary = try left.choice("boundary", Boundary.self) ?? usual
        if let key = left.values.keys.sorted().first {
            throw FilterTextError("'\(name)' takes no '\(key)'; forms: \(Self.forms.joined(separator: "; "))")
        }
        return FilterStep(filter, dimensionality: by, boundary: boundary)
    }

    private mutating func filter() throws(FilterTextError) -> Filter {
        switch name {
        case "mean": return .mean(support: try integer("support"))
        case "log":
            return .laplacianOfGaussian(sigmaMM: try number("sigma"), truncation: try number("truncation", 4))
        case "log-recursive": return .recursiveLaplacianOfGaussian(sigmaMM: try number("sigma"))
        case "laws":
            let kernels = try word("kernels")
            let rotation = try choice("rotation", Pooling.self)
            let energy = values["energy"] == nil ? nil : try integer("energy")
            return .laws(kernels: kernels, rotation: rotation, energyDistance: energy)
        case "gabor": return try gabor()
        case "wavelet":
            guard let family = try choice("family", WaveletFamily.self) else { throw missing("family") }
            return .separableWavelet(
                family: family, subband: try word("subband"), level: try integer("level", 1),
                rotation: try choice("rotation", Pooling.self))
        case "simoncelli": return .simoncelliWavelet(level: try integer("level"))
        case "gradient": return .gradient(useSpacing: try boolean("spacing", true))
        case "square": return .square
        case "square-root": return .squareRoot
        case "logarithm": return .logarithm
        case "exponential": return .exponential
        case "lbp":
            return .localBinaryPattern(
                radius: try number("radius", 1), samples: try integer("samples", 8),
                method: try choice("method", BinaryPatternMethod.self) ?? .uniform)
        case "lbp-3d":
            return .sphericalBinaryPattern(
                radius: try number("radius", 1), subdivisions: try integer("subdivision", 1), image: try pattern())
        default: throw FilterTextError("there is no filter '\(name)'; forms: \(Self.forms.joined(separator: "; "))")
        }
    }

    /// `m1` for degree 0 and so on, or `k`, as PyRadiomics names the images.
    private mutating func pattern() throws(FilterTextError) -> SphericalPatternImage {
        let text = try word("image")
        if text == "k" { return .kurtosis }
        guard text.hasPrefix("m"), let level = Int(text.dropFirst()), (1...10).contains(level) else {
            throw FilterTextError("image: '\(text)' is not one of m1 to m10 and k")
        }
        return .degree(level - 1)
    }

    private mutating func gabor() throws(FilterTextError) -> Filter {
        let (sigma, lambda, gamma) = (try number("sigma"), try number("lambda"), try number("gamma"))
        let planes = try boolean("planes", false)
        let orientation: GaborOrientation
        switch (values["angle"], values["step"]) {
        case (.some, nil): orientation = .angle(try number("angle") * .pi / 180)
        case (nil, .some): orientation = .average(step: try number("step") * .pi / 180)
        default: throw FilterTextError("'gabor' takes angle or step, in degrees, and one of them")
        }
        return .gabor(
            sigmaMM: sigma, lambdaMM: lambda, gamma: gamma, orientation: orientation, orthogonalPlanes: planes)
    }

    private func missing(_ key: String) -> FilterTextError {
        FilterTextError("'\(name)' needs \(key); forms: \(Self.forms.joined(separator: "; "))")
    }

    private mutating func word(_ key: String) throws(FilterTextError) -> String {
        guard let value = values.removeValue(forKey: key) else { throw missing(key) }
        return value
    }

    private mutating func number(_ key: String, _ standard: Double? = nil) throws(FilterTextError) -> Double {
        guard let text = values.removeValue(forKey: key) else {
            guard let standard else { throw missing(key) }
            return standard
        }
        guard let value = Double(text), value.isFinite else { throw FilterTextError("\(key): '\(text)' is no number") }
        return value
    }

    private mutating func integer(_ key: String, _ standard: Int? = nil) throws(FilterTextError) -> Int {
        guard let text = values.removeValue(forKey: key) else {
            guard let standard else { throw missing(key) }
            return standard
        }
        guard let value = Int(text) else { throw FilterTextError("\(key): '\(text)' is no whole number") }
        return value
    }

    private mutating func boolean(_ key: String, _ standard: Bool) throws(FilterTextError) -> Bool {
        switch values.removeValue(forKey: key) {
        case nil: return standard
        case "true": return true
        case "false": return false
        case .some(let text): throw FilterTextError("\(key): '\(text)' is not true or false")
        }
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(FilterTextError) -> Choice? where Choice.RawValue == String {
        guard let text = values.removeValue(forKey: key) else { return nil }
        guard let value = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw FilterTextError("\(key): '\(text)' is not one of \(words)")
        }
        return value
    }
}

/// Why a filter text was refused.
public struct FilterTextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence with the remedy.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension FilterStep {
    /// Reads `NAME:KEY=VALUE,...`; `docs/extraction.md` lists the filters.
    ///
    /// - Parameters:
    ///   - text: the filter in one line.
    ///   - planar: whether slices are filtered one by one where the text does not say.
    /// - Throws: `FilterTextError`.
    public init(_ text: String, planar: Bool) throws(FilterTextError) {
        self = try FilterText(text).step(planar: planar)
    }
}
