# Draws fig01_linbreg.svg and fig01_linbreg.png: run gnuplot on this file, in its folder.
if (!exists("suffix")) suffix = ""
data = "fig01_linbreg.dat"
set encoding utf8
set datafile missing "NaN"
set border 3 linecolor rgb "#808080"
set tics nomirror out scale .6 textcolor rgb "#404040"
set grid linecolor rgb "#E0E0E0" linetype 1 linewidth .8
set key bmargin center horizontal Left reverse samplen 2.2 width 2 spacing 1.2 textcolor rgb "#404040"
set title "LinBreg with a fixed lambda, ECAPA-TDNN" noenhanced font ",17" textcolor rgb "#404040"
set style fill solid 1 noborder
set autoscale xfix
set offsets 0, 0, graph .05, 0
set xlabel "step" noenhanced offset 0,.4 textcolor rgb "#404040"
set xrange [:]
set ylabel "sparsity s" noenhanced textcolor rgb "#404040"
set yrange [0.703417:1]

set terminal svg size 900,520 font "Helvetica,14" background "white"
set output "fig01_linbreg" . suffix . ".svg"
plot data index 0 using 1:2 with lines linewidth 2 linecolor rgb "#0072B2" axes x1y1 title "lambda 0.0025" noenhanced, \
     data index 1 using 1:2 with lines linewidth 2 linecolor rgb "#D55E00" axes x1y1 title "lambda 0.00297" noenhanced, \
     data index 2 using 1:2 with lines linewidth 2 linecolor rgb "#009E73" axes x1y1 title "lambda 0.005" noenhanced, \
     data index 3 using 1:2 with lines linewidth 2 linecolor rgb "#CC79A7" axes x1y1 title "lambda 0.01" noenhanced, \
     data index 4 using 1:2 with lines linewidth 2 linecolor rgb "#E69F00" axes x1y1 title "lambda 0.0119" noenhanced, \
     data index 5 using 1:2 with lines linewidth 2 linecolor rgb "#56B4E9" axes x1y1 title "lambda 0.02" noenhanced, \
     data index 6 using 1:2 with lines linewidth 2 linecolor rgb "#000000" axes x1y1 title "lambda 0.16" noenhanced

set terminal pngcairo size 900,520 font "Sans,11" background "white"
set output "fig01_linbreg" . suffix . ".png"
plot data index 0 using 1:2 with lines linewidth 2 linecolor rgb "#0072B2" axes x1y1 title "lambda 0.0025" noenhanced, \
     data index 1 using 1:2 with lines linewidth 2 linecolor rgb "#D55E00" axes x1y1 title "lambda 0.00297" noenhanced, \
     data index 2 using 1:2 with lines linewidth 2 linecolor rgb "#009E73" axes x1y1 title "lambda 0.005" noenhanced, \
     data index 3 using 1:2 with lines linewidth 2 linecolor rgb "#CC79A7" axes x1y1 title "lambda 0.01" noenhanced, \
     data index 4 using 1:2 with lines linewidth 2 linecolor rgb "#E69F00" axes x1y1 title "lambda 0.0119" noenhanced, \
     data index 5 using 1:2 with lines linewidth 2 linecolor rgb "#56B4E9" axes x1y1 title "lambda 0.02" noenhanced, \
     data index 6 using 1:2 with lines linewidth 2 linecolor rgb "#000000" axes x1y1 title "lambda 0.16" noenhanced
