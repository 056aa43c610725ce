# Draws fig06_linbreg.svg and fig06_linbreg.png: run gnuplot on this file, in its folder.
if (!exists("suffix")) suffix = ""
data = "fig06_linbreg.dat"
set encoding utf8
set datafile missing "NaN"
set border 3 linecolor rgb "#808080"
set tics nomirror out scale .6 textcolor rgb "#404040"
set grid linecolor rgb "#E0E0E0" linetype 1 linewidth .8
set key bmargin center horizontal Left reverse samplen 2.2 width 2 spacing 1.2 textcolor rgb "#404040"
set title "lambda and sparsity: LinBreg, ECAPA-TDNN" noenhanced font ",17" textcolor rgb "#404040"
set style fill solid 1 noborder
set autoscale xfix
set offsets 0, 0, graph .05, 0
set xlabel "step" noenhanced offset 0,.4 textcolor rgb "#404040"
set xrange [:]
set ylabel "lambda" noenhanced textcolor rgb "#0072B2"
set logscale y
set format y "%g"
set yrange [:]
set border 11
set ytics nomirror
set y2tics
set y2label "sparsity s" noenhanced textcolor rgb "#D55E00"
set y2range [0.86434:1]

set terminal svg size 900,520 font "Helvetica,14" background "white"
set output "fig06_linbreg" . suffix . ".svg"
plot data index 0 using 1:2 with lines linewidth 2 linecolor rgb "#0072B2" axes x1y1 title "lambda" noenhanced, \
     data index 1 using 1:2 with lines linewidth 2 linecolor rgb "#D55E00" axes x1y2 title "sparsity" noenhanced, \
     0.9 with lines linewidth 1.5 dashtype 2 linecolor rgb "#404040" axes x1y2 title "target" noenhanced

set terminal pngcairo size 900,520 font "Sans,11" background "white"
set output "fig06_linbreg" . suffix . ".png"
plot data index 0 using 1:2 with lines linewidth 2 linecolor rgb "#0072B2" axes x1y1 title "lambda" noenhanced, \
     data index 1 using 1:2 with lines linewidth 2 linecolor rgb "#D55E00" axes x1y2 title "sparsity" noenhanced, \
     0.9 with lines linewidth 1.5 dashtype 2 linecolor rgb "#404040" axes x1y2 title "target" noenhanced
