import Extraction
import Filters
import Testing

/// Filters in one line.
struct FilterTextTests {
    @Test("A text names the filter, how it is applied, and its defaults")
    func forms() throws {
        #expect(
            try FilterStep("log:sigma=2", planar: false)
                == FilterStep(.laplacianOfGaussian(sigmaMM: 2), dimensionality: .volume, boundary: .mirror))
        #expect(
            try FilterStep("wavelet:family=db3,subband=LH,rotation=average,by=slices,boundary=periodic", planar: false)
                == FilterStep(
                    .separableWavelet(family: .db3, subband: "LH", rotation: .average), dimensionality: .slices,
                    boundary: .periodic))
        #expect(try FilterStep("simoncelli:level=2", planar: true).boundary == .periodic)
        #expect(try FilterStep("lbp", planar: false).dimensionality == .slices)
        #expect(try FilterStep("gradient:spacing=false", planar: true).filter == .gradient(useSpacing: false))
        let gabor = try FilterStep("gabor:sigma=5,lambda=2,gamma=1.5,step=45,planes=true", planar: false).filter
        #expect(
            gabor
                == .gabor(
                    sigmaMM: 5, lambdaMM: 2, gamma: 1.5, orientation: .average(step: .pi / 4), orthogonalPlanes: true))
        let laws = try FilterStep("laws:kernels=L5E5E5,rotation=max,energy=7", planar: false).filter
        #expect(laws == .laws(kernels: "L5E5E5", rotation: .max, energyDistance: 7))
    }

    @Test(
        "What is not understood is refused by name",
        arguments: [
            ("", "no filter ''"), ("sobel", "no filter 'sobel'"), ("log", "needs sigma"), ("log:sigma=x", "no number"),
            ("log:sigma=nan", "no number"), ("log:sigma=2,sigma=3", "twice"), ("log:sigma=2,width=1", "takes no"),
            ("mean:support", "not KEY=VALUE"), ("mean:support=2.5", "whole number"),
            ("wavelet:family=sym99,subband=LLL", "not one of"), ("gabor:sigma=1,lambda=1,gamma=1", "angle or step"),
            ("square:by=rows", "not one of"), ("square:", "not KEY=VALUE"),
        ])
    func refused(text: String, part: String) {
        do {
            _ = try FilterStep(text, planar: false)
            Issue.record("'\(text)' was taken")
        } catch {
            #expect(error.description.contains(part), "\(error)")
        }
    }

    @Test("A settings file takes the same text")
    func settings() throws {
        let settings = try ProcessingSettings(yaml: "filter: log:sigma=1.5,by=slices\n", file: "s.yaml")
        #expect(settings.filter == (try FilterStep("log:sigma=1.5,by=slices", planar: false)))
        #expect(throws: (any Error).self) { try ProcessingSettings(yaml: "filter: log\n", file: "s.yaml") }
    }
}
